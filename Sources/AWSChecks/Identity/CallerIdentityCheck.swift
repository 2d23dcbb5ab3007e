import CheckKit
import RunModel

/// AWS-STS-01: the credentials work and belong to the configured account.
struct CallerIdentityCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.identity]
    let passingNote = "the credentials belong to the expected account"
    /// Credentials that AWS does not accept are what it looks for.
    let judgesRefusals = true

    var descriptor: CheckDescriptor {
        declare(
            "AWS-STS-01", "The AWS credentials work and belong to the expected account",
            intent:
                "Every other AWS check reads with these credentials; in the wrong account they would report on another system.",
            procedure: "Finds credentials along the chain and asks STS who they belong to.",
            category: .credentials, phase: .setup, severity: .high, isCritical: true, dependsOn: [],
            risk: "Nothing is known of the infrastructure, or the wrong account is looked at.",
            remediation: Remediation(
                summary:
                    "Give credentials of the account: a role on ECS or EC2, AWS_PROFILE, or the three AWS_ variables.",
                command: "aws sts get-caller-identity"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        guard let answer = snapshot.identity else {
            throw Stop.inconclusive(.obstacle(.notCollected, of: Component(.identity)), "STS was not asked")
        }
        switch answer {
        case .value(let caller):
            analysis.look(at: caller.arn) { analysis in
                analysis.facts = [.awsAccount: caller.account, .awsIdentity: caller.arn]
                if let expected = expectations.settings.account, expected != caller.account {
                    analysis.found(
                        .setting(Component(.identity), "account", .differs),
                        caller.arn, "the credentials belong to another account", expected: "account \(expected)",
                        got: "account \(caller.account)")
                }
            }
        case .failed(let error):
            switch error.kind {
            case .noCredentials, .invalidCredentials, .expiredCredentials, .clockSkew:
                analysis.found(
                    .aws(error), "credentials", error.message, expected: "working credentials", got: "\(error)")
            default: throw Stop.inconclusive(.aws(error), error.inconclusiveReason)
            }
        }
        return analysis
    }
}
