import ArgumentParser
import Foundation

/// The auth service as a process of its own.
///
/// `AUTH_ADMIN_TOKEN` opens the management endpoints; `SANDBOX_AUTH_BEHAVIOUR` starts it misbehaving.
struct ServeAuth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve-auth", abstract: "The auth service of the local stack.", shouldDisplay: false)

    @Option(help: "Port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Option(help: "JSON array of the keys it knows.")
    var keys: String

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let behaviour = environment["SANDBOX_AUTH_BEHAVIOUR"] ?? "normal"
        guard let behaviour = AuthBehaviour(behaviour) else {
            throw ValidationError(
                "SANDBOX_AUTH_BEHAVIOUR: expected normal, slow[=SECONDS], 400…599 or down")
        }
        let service = AuthService(
            keys: try Self.read(keys),
            adminToken: environment["AUTH_ADMIN_TOKEN"] ?? "sandbox-admin-token-not-a-secret",
            behaviour: behaviour)
        let server = ServiceServer(port: port, serverName: "uvicorn") { await service.respond(to: $0) }
        try await server.run(label: "auth-service", ready: ServiceServer.announce("auth-service"))
    }

    private static func read(_ path: String) throws -> [KeyRecord] {
        do {
            return try JSONDecoder().decode([KeyRecord].self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw ValidationError("\(path): expected a JSON array of keys: \(error)")
        }
    }
}
