import ArgumentParser
import Foundation

/// The registry API as a process of its own, configured by the contract's environment variables.
struct ServeAPI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve-api", abstract: "The registry API of the local stack.", shouldDisplay: false)

    @Option(help: "Port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Flag(help: "Print every defect switch as JSON and end.")
    var listDefects = false

    func run() async throws {
        if listDefects {
            print(Defect.catalogue.text())
            return
        }
        let settings = try RegistrySettings(environment: ProcessInfo.processInfo.environment)
        let api = RegistryAPI(settings: settings, dependencies: .live(settings))
        let warming = Task { await api.model30.warm(api.mlflow) }
        defer { warming.cancel() }
        let server = ServiceServer(port: port, serverName: "uvicorn") { await api.respond(to: $0) }
        try await server.run(label: "registry-api", ready: ServiceServer.announce("registry-api"))
    }
}
