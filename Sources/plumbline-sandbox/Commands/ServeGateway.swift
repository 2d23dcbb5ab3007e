import ArgumentParser
import Foundation

/// The admin gateway in front of MLflow as a process of its own.
struct ServeGateway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve-gateway", abstract: "The admin gateway in front of MLflow.", shouldDisplay: false)

    @Option(help: "Port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Option(help: "URL of the MLflow server behind it; else MLFLOW_SERVER_URL, else MLFLOW_TRACKING_URI.")
    var upstream: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let upstream = upstream ?? EnvironmentReader(environment).text("MLFLOW_SERVER_URL", "MLFLOW_TRACKING_URI")
        else {
            throw ValidationError("the MLflow server behind is not known: give --upstream URL or MLFLOW_SERVER_URL")
        }
        let client = OutgoingHTTP()
        let gateway = AdminGateway(
            settings: try AdminGateway.Settings(upstreamURL: upstream, environment: environment),
            http: { call async throws(OutgoingFailure) in try await client.send(call) })
        let server = ServiceServer(port: port) { await gateway.respond(to: $0) }
        try await server.run(label: "gateway", ready: ServiceServer.announce("gateway"))
    }
}
