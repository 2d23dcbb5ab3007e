import AWSClient
import CheckKit
import Formats
import Foundation
import RunModel

/// AWS-ECS-20: the running tasks began after the last change of the secrets and parameters that they read.
struct TaskFreshnessCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions, .tasks, .taskSecrets, .taskParameters]
    let passingNote = "every running task began after the last change of what it reads"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-20", "Running tasks began after the last change of their secrets and parameters",
            intent: "ECS fetches them once, when a task starts: what is changed later is not what runs.",
            procedure:
                "Compares the start of each running task with the last change of each secret and parameter that it reads.",
            severity: .high, risk: "The service goes on with an old password, or with old settings.",
            remediation: Remediation(
                summary: "Deploy again, so that new tasks read the present values.",
                command: "aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (role, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let task = try TaskReferences(role: role, service: service, in: snapshot, expectations.settings)
                guard !task.variables.isEmpty else { return }
                let running = try snapshot.tasks[service].known().filter { $0.lastStatus == "RUNNING" }
                guard let oldest = running.compactMap(\.startedAt).min() else { return }
                for reference in Set(task.secrets) where !reference.isPinned {
                    examine(reference, task, since: oldest, snapshot, &analysis)
                }
            }
        }
        return analysis
    }

    private func examine(
        _ reference: SecretReference, _ task: TaskReferences, since start: Date, _ snapshot: AWSSnapshot,
        _ analysis: inout Analysis
    ) {
        let name: String
        let component: Component
        let changed: Date?
        do {
            if let arn = reference.secretARN {
                // Another check says that it is gone.
                if snapshot.taskSecrets[arn]?.error?.kind == .notFound { return }
                let secret = try snapshot.taskSecrets[arn].known()
                (name, component) = (secret.name, .aws(.secret, secret.name))
                changed = [secret.lastChangedDate, secret.lastRotatedDate].compactMap(\.self).max()
            } else {
                if snapshot.taskParameters[reference.text]?.error?.kind == .notFound { return }
                let parameter = try snapshot.taskParameters[reference.text].known()
                (name, component) = (parameter.name, Component(resource: "ssm:parameter/\(parameter.name)"))
                changed = parameter.lastModifiedDate
            }
        } catch let stop as Stop {
            analysis.unknown(
                stop.outcome.symptom ?? .obstacle(.notCollected, of: Component(.aws)),
                "\(reference.text): \(stop.outcome.message)")
            return
        } catch {
            analysis.unknown(.obstacle(.notCollected, of: Component(.aws)), "\(reference.text): \(error)")
            return
        }
        guard let changed, changed > start else { return }
        analysis.found(
            .changed(component), name, "it changed after tasks of \(task.service) began and read it",
            expected: "tasks that began after \(Timestamp.text(changed))",
            got: "a task that runs since \(Timestamp.text(start))")
    }
}
