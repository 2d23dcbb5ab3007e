import AWSClient
import CheckKit
import Formats
import Foundation
import RunModel

/// AWS-ECS-03: no task has died lately, waits to start, or is unhealthy.
struct StoppedTasksCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.tasks]
    let passingNote = "no task died on its own"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-03", "No task died, waits to start, or is unhealthy",
            intent: "ECS keeps stopped tasks for an hour; their reasons name the cause.",
            severity: .high, risk: "The service restarts again and again, or never starts.",
            remediation: Remediation(
                summary:
                    "OutOfMemoryError: raise the memory. ResourceInitializationError: fix the secret's ARN or the execution role. "
                    + "Failed health checks: compare path, port and grace period with the start of the service.",
                command:
                    "aws ecs list-tasks --cluster CLUSTER --service-name SERVICE --desired-status STOPPED"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (service, answer) in snapshot.tasks.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let tasks = try answer.known()
                for cause in TaskDeaths(tasks).causes {
                    analysis.found(
                        .ailment(.aws(.ecsService, service), .taskStopped, says: cause.text),
                        service, cause.sentence, expected: "tasks that keep running", got: cause.text)
                }
                for task in tasks where task.lastStatus == "RUNNING" && task.healthStatus == "UNHEALTHY" {
                    analysis.found(
                        .ailment(.aws(.ecsService, service), .taskUnhealthy),
                        service, "a running task is unhealthy", expected: "HEALTHY", got: task.taskArn)
                }
                for task in tasks where Self.waits(task) {
                    examine(waiting: task, of: service, snapshot, expectations, &analysis)
                }
            }
        }
        return analysis
    }

    private static func waits(_ task: ECS.Task) -> Bool {
        ["PROVISIONING", "PENDING", "ACTIVATING"].contains(task.lastStatus ?? "") && task.desiredStatus != "STOPPED"
    }

    private func examine(
        waiting task: ECS.Task, of service: String, _ snapshot: AWSSnapshot, _ expectations: AWSExpectations,
        _ analysis: inout Analysis
    ) {
        guard let created = task.createdAt else { return }
        let minutes = snapshot.takenAt.timeIntervalSince(created) / 60
        guard minutes > expectations.threshold("minutes", 10) else { return }
        analysis.found(
            .ailment(.aws(.ecsService, service), .state, says: task.lastStatus ?? ""), service,
            "a task has been \(task.lastStatus ?? "waiting") for \(minutes.wholeText) minutes",
            expected: "RUNNING within \(expectations.threshold("minutes", 10).wholeText) minutes", got: task.taskArn)
    }
}
