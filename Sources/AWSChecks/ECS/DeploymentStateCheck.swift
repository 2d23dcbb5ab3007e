import CheckKit
import Formats
import RunModel

/// AWS-ECS-02: no deployment is stuck, failed or rolled back.
struct DeploymentStateCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services]
    let passingNote = "every service runs one completed deployment"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-02", "Every service runs one completed deployment",
            intent:
                "A failed roll-out leaves the old revision in place: the fix is merged and not running.",
            severity: .high, risk: "What was merged is not what runs.",
            remediation: Remediation(
                summary: "Read the roll-out's reason and the stopped tasks, then deploy again.",
                command: "aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for service in try snapshot.services.known() {
            analysis.look(at: service.serviceName) { analysis in
                for deployment in service.deployments {
                    let reason = deployment.rolloutStateReason.map { ": \($0)" } ?? ""
                    if deployment.rolloutState == "FAILED" {
                        analysis.found(
                            .ailment(.aws(.ecsService, service.serviceName), .rollOut, says: reason),
                            service.serviceName, "the roll-out failed\(reason)", expected: "COMPLETED",
                            got: "FAILED\(reason)")
                    } else if deployment.status == "PRIMARY", (deployment.failedTasks ?? 0) >= 3 {
                        analysis.found(
                            .ailment(.aws(.ecsService, service.serviceName), .rollOut, says: reason),
                            service.serviceName, "\(deployment.failedTasks ?? 0) tasks of the current roll-out failed",
                            expected: "no failed task", got: "\(deployment.rolloutState ?? "in progress")\(reason)")
                    }
                }
                if service.deployments.count > 1 {
                    let began = service.deployments.compactMap(\.createdAt).max()
                    let minutes = began.map { snapshot.takenAt.timeIntervalSince($0) / 60 } ?? 0
                    let states = service.deployments.map { "\($0.status) \($0.rolloutState ?? "?")" }
                    analysis.remarks.append("\(service.serviceName): \(states.joined(separator: ", "))")
                    if minutes > expectations.threshold("minutes", 30) {
                        analysis.found(
                            .ailment(.aws(.ecsService, service.serviceName), .rollOut),
                            service.serviceName, "a roll-out has been under way for \(minutes.wholeText) minutes",
                            expected: "one deployment", got: states.joined(separator: ", "))
                    }
                }
            }
        }
        return analysis
    }
}
