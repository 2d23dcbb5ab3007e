import AWSClient
import CheckKit
import RunModel

/// AWS-ECS-03: no task has died lately of memory, a crash or a failed start.
struct StoppedTasksCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.tasks]
    let passingNote = "no task died on its own"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-03", "No task died of memory, a crash or a failed start",
            intent: "ECS keeps stopped tasks for an hour; their reasons name the cause.",
            severity: .high, risk: "The service restarts again and again, or never starts.",
            remediation: Remediation(
                summary:
                    "OutOfMemoryError: raise the memory. ResourceInitializationError: fix the secret's ARN or the execution role.",
                command:
                    "aws ecs describe-tasks --cluster CLUSTER --tasks TASK --query 'tasks[].[stoppedReason,containers[].reason]'"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (service, answer) in snapshot.tasks.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let tasks = try answer.known()
                var causes: [String: Int] = [:]
                for task in tasks where task.lastStatus == "STOPPED" {
                    if let cause = Self.cause(of: task) { causes[cause, default: 0] += 1 }
                }
                for (cause, count) in causes.sorted(by: { $0.key < $1.key }) {
                    analysis.found(
                        .ailment(.aws(.ecsService, service), .taskStopped, says: cause),
                        service, "\(count) \(count == 1 ? "task" : "tasks") died: \(cause)",
                        expected: "tasks that keep running",
                        got: cause)
                }
                for task in tasks where task.lastStatus == "RUNNING" && task.healthStatus == "UNHEALTHY" {
                    analysis.found(
                        .ailment(.aws(.ecsService, service), .taskUnhealthy),
                        service, "a running task is unhealthy", expected: "HEALTHY", got: task.taskArn)
                }
            }
        }
        return analysis
    }

    /// Why a task died; nil when somebody or a deployment stopped it.
    static func cause(of task: ECS.Task) -> String? {
        for container in task.containers {
            if let reason = container.reason, reason.contains("OutOfMemory") { return "\(container.name): \(reason)" }
        }
        let reason = task.stoppedReason ?? ""
        if reason.contains("ResourceInitializationError") || reason.contains("CannotPullContainer") { return reason }
        if task.stopCode == "TaskFailedToStart" { return reason.isEmpty ? "failed to start" : reason }
        if task.stopCode == "EssentialContainerExited" {
            let codes = task.containers.filter { $0.exitCode != nil && $0.exitCode != 0 }
            guard !codes.isEmpty else { return nil }
            return codes.map { "\($0.name) exited with \($0.exitCode ?? 0)" }.joined(separator: ", ")
        }
        return nil
    }
}
