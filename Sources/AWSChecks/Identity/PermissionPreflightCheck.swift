import CheckKit
import RunModel

/// AWS-IAM-01: the identity may make every call of the AWS checks; otherwise which checks cannot tell, and why.
struct PermissionPreflightCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.permissions]
    let passingNote = "every call of the AWS checks is allowed"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-IAM-01", "The identity may make every call the AWS checks need",
            intent:
                "Known beforehand, a missing permission is a line in a policy; afterwards it is an inconclusive check.",
            procedure: "Asks IAM to simulate the actions of all AWS checks for this identity.", category: .permissions,
            phase: .setup, severity: .low, risk: "The checks named in the evidence will be inconclusive.",
            remediation: Remediation(
                summary: "Attach the policy that `plumbline policy` prints.",
                command: "plumbline policy --config FILE > policy.json"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let permissions = try snapshot.permissions.known()
        for (action, isAllowed) in permissions.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: action) { analysis in
                if !isAllowed {
                    analysis.found(
                        .permissionDenied(action: action), action, "not allowed", expected: "allowed",
                        got: "denied for this identity")
                }
            }
        }
        return analysis
    }
}
