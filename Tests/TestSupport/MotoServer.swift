import Foundation

/// A moto server on a free loopback port: an AWS that keeps state, for tests that make real calls.
public struct MotoServer: Sendable {
    public let port: Int
    public let python: PythonEnvironment
    private let process: ServerProcess

    public var url: String { "http://127.0.0.1:\(port)" }

    /// Starts moto and waits until it answers. New ECS services run one task at once, as AWS does after a minute.
    public static func start(environment: [String: String] = [:]) async throws -> MotoServer {
        let python = try PythonEnvironment.find()
        let port = try ServerProcess.freePort()
        let directory = try ServerProcess.makeDirectory(for: "root")
        let process = try ServerProcess(
            directory: directory, user: "root",
            command: [python.python, "-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
            // On TERM it waits for connections that clients keep open.
            signal: "KILL",
            environment: [
                "MOTO_ECS_SERVICE_RUNNING": "1",
                // A certificate is issued at once, not after a minute.
                "MOTO_ACM_VALIDATION_WAIT": "0",
                "MOTO_RECORDER_FILEPATH": directory.appending(path: "recording").path(percentEncoded: false),
            ].merging(environment) { $1 })
        let server = MotoServer(port: port, python: python, process: process)
        try await process.wait(for: "moto to listen on port \(port)", upTo: .seconds(60)) {
            ServerProcess.isListening(port)
        }
        return server
    }

    /// Fills a moto account with what the sandbox's AWS holds.
    public static let seedScript = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/plumbline-sandbox/Resources/seed_aws.py").path

    /// Starts a server with the account that the sandbox has.
    public static func seeded(environment: [String: String] = [:]) async throws -> MotoServer {
        let server = try await start(environment: environment)
        try await server.run([seedScript, "development"])
        return server
    }

    /// The variables under which boto3 and Plumbline talk to this server, with keys that are visibly fake.
    public var environment: [String: String] {
        [
            "AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-fake-secret",
            "SEED_DATABASE_PASSWORD": "fake-database-password", "SEED_REDIS_TOKEN": "fake-redis-token",
        ]
    }

    /// Runs a Python script against the server.
    @discardableResult
    public func run(_ arguments: [String], environment own: [String: String] = [:]) async throws -> Data {
        try await python.run(arguments, environment: environment.merging(own) { $1 })
    }

    public func stop() { process.stop() }
}
