import AWSClient
import CheckKit
import RunModel

/// AWS-ECS-10: the containers' health checks ask for paths that exist.
struct ContainerHealthPathCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions, .healthPaths]
    let passingNote = "every container health check asks for a path that answers"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-10", "Container health checks ask for paths that exist",
            intent:
                "A proposed `/health/live` never existed; MLflow's `/health` is missing under a static prefix.",
            procedure: "Fetches the path of each container health check from the service itself.", severity: .high,
            risk: "ECS kills healthy tasks and starts them again, forever.",
            remediation: Remediation(summary: "Use a path that answers 200 without a key, such as /health."))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (role, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            for path in TaskDefinitionFacts.healthPaths(ofService: service, in: snapshot) {
                analysis.look(at: service) { analysis in
                    guard let answer = snapshot.healthPaths[role]?.first(where: { $0.path == path }) else {
                        throw Stop.inconclusive(
                            .obstacle(.nothingToLookAt, of: .aws(.ecsService, service)),
                            "no configured service to ask for \(path)")
                    }
                    guard let status = answer.status else {
                        throw Stop.inconclusive(
                            .obstacle(.prerequisite, of: .aws(.ecsService, service)),
                            "\(path) of \(role) did not answer from here: \(answer.problem ?? "")")
                    }
                    try HealthPathsCheck.requireWorking(status, path, role, .aws(.ecsService, service))
                    if status >= 400 {
                        analysis.found(
                            .setting(.aws(.ecsService, service), "healthCheck", .differs),
                            service, "the container health check asks for \(path), which answers \(status)",
                            expected: "a status below 400", got: "\(status)")
                    }
                }
            }
        }
        for (_, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            guard let definition = try? TaskDefinitionFacts.current(ofService: service, in: snapshot) else { continue }
            examinePorts(definition, &analysis)
        }
        if analysis.seen == 0 {
            _ = try snapshot.services.known()
            throw Stop.skipped("no container has a health check with a URL")
        }
        return analysis
    }

    /// A health check that asks on a port which no container of the task declares.
    private func examinePorts(_ definition: ECS.TaskDefinition, _ analysis: inout Analysis) {
        let open = Set(definition.containerDefinitions.flatMap { $0.portMappings.compactMap(\.containerPort) })
        guard !open.isEmpty else { return }
        for container in definition.containerDefinitions {
            guard let check = container.healthCheck, !container.portMappings.isEmpty,
                let port = TaskDefinitionFacts.port(inCommand: check.command), !open.contains(port)
            else { continue }
            let name = "\(definition.family):\(definition.revision)"
            analysis.look(at: name) { analysis in
                analysis.found(
                    .setting(.aws(.taskDefinition, definition.family), "healthCheck", .differs), name,
                    "the health check of \(container.name) asks on port \(port), which no container of the task opens",
                    expected: "port \(open.sorted().map(String.init).joined(separator: " or "))", got: "port \(port)")
            }
        }
    }
}
