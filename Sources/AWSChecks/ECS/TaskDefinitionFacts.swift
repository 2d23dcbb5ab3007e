import AWSClient
import CheckKit

/// Questions to task definitions that several checks ask.
enum TaskDefinitionFacts {
    /// The revision a service runs.
    static func current(ofService service: String, in snapshot: AWSSnapshot) throws -> ECS.TaskDefinition {
        let services = try snapshot.services.known()
        guard let name = services.first(where: { $0.serviceName == service })?.taskDefinition else {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: .aws(.ecsService, service)),
                "the service \(service) does not exist or has no task definition")
        }
        let family = AWSSnapshotCollector.family(of: name)
        let revisions = try snapshot.taskDefinitions[family].known()
        guard
            let definition = revisions.first(where: {
                $0.taskDefinitionArn == name || name.hasSuffix("/\(family):\($0.revision)")
            })
        else {
            throw Stop.inconclusive(
                .obstacle(.notCollected, of: .aws(.taskDefinition, name)), "the revision \(name) could not be described"
            )
        }
        return definition
    }

    /// The paths that the health checks of a service's containers ask for.
    static func healthPaths(ofService service: String, in snapshot: AWSSnapshot) -> [String] {
        guard let definition = try? current(ofService: service, in: snapshot) else { return [] }
        return definition.containerDefinitions.compactMap { container in
            container.healthCheck.flatMap { path(inCommand: $0.command) }
        }
    }

    /// The path of the first URL in a health check's command.
    static func path(inCommand command: [String]) -> String? {
        let text = command.joined(separator: " ")
        guard let match = text.firstMatch(of: #/https?:\/\/[^\s\/'"|;]+(\/[^\s'"|;)]*)?/#) else { return nil }
        return match.1.map(String.init) ?? "/"
    }

    /// The port of the first URL in a health check's command.
    static func port(inCommand command: [String]) -> Int? {
        let text = command.joined(separator: " ")
        guard let match = text.firstMatch(of: #/(https?):\/\/([^\s\/'"|;:]+|\[[^\]]*\])(?::(\d+))?/#) else {
            return nil
        }
        return match.3.flatMap { Int($0) } ?? (match.1 == "https" ? 443 : 80)
    }
}
