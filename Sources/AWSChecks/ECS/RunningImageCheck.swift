import AWSClient
import CheckKit
import RunModel

/// AWS-ECS-12: running tasks run the service's revision, which is the newest, and the image that its tag means now.
struct RunningImageCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .tasks, .taskDefinitions, .images]
    let passingNote = "running tasks run the service's revision and image"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-12", "Running tasks run the service's revision and the image its tag means",
            intent: "A tag moved after the task began: what is merged is not what runs.",
            severity: .medium,
            risk: "Symptoms persist although the fix is merged.",
            remediation: Remediation(
                summary: "Deploy again.",
                command: "aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for service in try snapshot.services.known() {
            analysis.look(at: service.serviceName) { analysis in
                examineRevision(of: service, snapshot, &analysis)
                let running = try snapshot.tasks[service.serviceName].known().filter { $0.lastStatus == "RUNNING" }
                let isRollingOut = service.deployments.count > 1
                for task in running {
                    if !isRollingOut, let own = task.taskDefinitionArn, let wanted = service.taskDefinition,
                        own != wanted
                    {
                        analysis.found(
                            .ailment(.aws(.ecsService, service.serviceName), .outdated),
                            service.serviceName, "a running task has another revision than the service",
                            expected: wanted,
                            got: own)
                    }
                    for container in task.containers {
                        guard let image = container.image, let digest = container.imageDigest,
                            case .value(let current)? = snapshot.images[image], let now = current.digest,
                            now != digest, current.members?.contains(digest) != true
                        else { continue }
                        analysis.found(
                            .ailment(.aws(.ecsService, service.serviceName), .outdated),
                            service.serviceName, "\(container.name) runs an older image than \(image) means now",
                            expected: now, got: digest)
                    }
                }
            }
        }
        return analysis
    }

    /// A revision that was registered, and that no deployment took up.
    private func examineRevision(of service: ECS.Service, _ snapshot: AWSSnapshot, _ analysis: inout Analysis) {
        guard service.deployments.count <= 1, let own = service.taskDefinition,
            let family = own.split(separator: "/").last?.split(separator: ":").first,
            let revisions = try? snapshot.taskDefinitions[String(family)].known(),
            let newest = revisions.max(by: { $0.revision < $1.revision }), newest.taskDefinitionArn != own,
            let used = Int(own.split(separator: ":").last ?? ""), used < newest.revision
        else { return }
        analysis.found(
            .ailment(.aws(.ecsService, service.serviceName), .outdated),
            service.serviceName, "the service runs revision \(used), and \(newest.revision) was registered after it",
            expected: newest.taskDefinitionArn, got: own)
    }
}
