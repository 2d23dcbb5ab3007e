import AWSClient
import CheckKit
import Formats
import RunModel

/// AWS-ECS-15: every secret and parameter that the running revisions read exists.
struct SecretsOfTasksCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions, .taskSecrets, .taskParameters]
    let passingNote = "every secret and parameter of the running revisions exists"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-15", "Every secret and parameter that the tasks read exists",
            intent:
                "ECS fetches them before the containers start; one that is gone keeps every new task from starting.",
            procedure:
                "Follows each reference of the running revisions by its ARN or name, in its own account and region; reads no value.",
            severity: .critical, isCritical: true,
            risk: "The next task fails to start with ResourceInitializationError: after a crash nothing comes back.",
            remediation: Remediation(
                summary: "Restore the secret or parameter, or refer to the one that is meant and deploy.",
                command: "aws secretsmanager restore-secret --secret-id NAME"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (role, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let task = try TaskReferences(role: role, service: service, in: snapshot, expectations.settings)
                for (container, variable, reference) in task.variables {
                    let place = "\(variable) of \(container) in \(task.name)"
                    if reference.isParameter {
                        examine(parameter: reference, place, task, snapshot, &analysis)
                    } else {
                        examine(secret: reference, place, snapshot, &analysis)
                    }
                }
            }
        }
        return analysis
    }

    private func examine(
        secret reference: SecretReference, _ place: String, _ snapshot: AWSSnapshot, _ analysis: inout Analysis
    ) {
        guard let arn = reference.secretARN else { return }
        analysis.look(at: arn) { analysis in
            let answer = snapshot.taskSecrets[arn]
            if answer?.error?.kind == .notFound {
                analysis.found(
                    .missing(.aws(.secret, arn)), arn, "the secret that \(place) reads does not exist",
                    expected: "a secret in \(reference.region ?? "its region")", got: "none of that ARN")
                return
            }
            if let date = try answer.known().deletedDate {
                analysis.found(
                    .ailment(.aws(.secret, arn), .beingDeleted), arn, "the secret that \(place) reads is being deleted",
                    expected: "a secret in use", got: "deleted \(Timestamp.text(date))")
            }
        }
    }

    private func examine(
        parameter reference: SecretReference, _ place: String, _ task: TaskReferences, _ snapshot: AWSSnapshot,
        _ analysis: inout Analysis
    ) {
        let name = reference.parameterNames.first ?? reference.text
        analysis.look(at: name) { analysis in
            let answer = snapshot.taskParameters[reference.text]
            if answer?.error?.kind == .notFound {
                analysis.found(
                    .missing(Component(resource: "ssm:parameter/\(name)")), name,
                    "the parameter that \(place) reads does not exist",
                    expected: "a parameter in \(reference.region ?? "the task's region")", got: "none of that name")
                return
            }
            _ = try answer.known()
        }
    }
}
