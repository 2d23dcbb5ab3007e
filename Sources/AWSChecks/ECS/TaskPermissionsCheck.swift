import AWSClient
import CheckKit
import RunModel

/// AWS-ECS-18: the roles of the running revisions may do what their tasks need.
struct TaskPermissionsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions, .identity, .taskPermissions]
    let passingNote = "the tasks' roles may do what their tasks need"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-18", "The tasks' roles may fetch images and secrets, write logs and use the buckets",
            intent: "A policy that was narrowed shows at the next start of a task, or at the next artifact.",
            procedure:
                "Has IAM simulate, for the roles of the running revisions, fetching their images, secrets and parameters, writing "
                + "their logs, and using the configured buckets that their settings name.",
            severity: .high, risk: "Tasks do not start, or artifacts cannot be written.",
            remediation: Remediation(
                summary: "Allow the role the action on the resource that the finding names.",
                command: "aws iam list-attached-role-policies --role-name ROLE"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let account: String?
        if case .value(let caller)? = snapshot.identity { account = caller.account } else { account = nil }
        for (role, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) {
                _ = $0
                _ = try TaskReferences(role: role, service: service, in: snapshot, expectations.settings)
            }
        }
        let needs = TaskReferences.needs(in: snapshot, expectations.settings, account: account)
        for (role, resources) in needs.sorted(by: { $0.key < $1.key }) {
            let name = TaskReferences.name(ofRole: role)
            analysis.look(at: name) { analysis in
                let answer = snapshot.taskPermissions[role]
                // A role that is gone is another check's finding.
                if answer?.error?.kind == .notFound { return }
                let allowed = try answer.known()
                for (resource, actions) in resources.sorted(by: { $0.key < $1.key }) {
                    for action in actions.sorted() where allowed["\(action) \(resource)"] == false {
                        analysis.found(
                            .permissionDenied(action: action), name, "the role may not call \(action) on \(resource)",
                            expected: "allowed", got: "denied by the role's policies")
                    }
                }
            }
        }
        return analysis
    }
}
