import Foundation

/// An MLflow server of its own version, from the virtual environment that `ci/python-environment NAME` makes, with
/// PostgreSQL behind it and artifacts served from a directory.
public struct MLflowServer: Sendable {
    public let port: Int
    public var url: String { "http://127.0.0.1:\(port)" }
    /// What the server has written so far.
    public var log: String { process.log }

    private let process: ServerProcess
    private let database: PostgresServer

    /// Starts the server and waits until it answers.
    ///
    /// - Parameter name: that of `ci/requirements-NAME.txt`, such as `mlflow-2.9.2`. Its environment is made when it is not
    ///   there yet, which takes a minute or two.
    public static func start(_ name: String) async throws -> MLflowServer {
        let environment = try await environment(name)
        let database = try await PostgresServer()
        let password = PostgresServer.password.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let port = try ServerProcess.freePort()
        let directory = try ServerProcess.makeDirectory(for: "root")
        let process = try ServerProcess(
            directory: directory, user: "root",
            command: [
                environment + "/bin/python", "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", "\(port)",
                "--workers", "1", "--serve-artifacts", "--artifacts-destination",
                directory.appending(path: "artifacts").path,
            ],
            environment: [
                "PATH": environment + "/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
                "MLFLOW_BACKEND_STORE_URI":
                    "postgresql+psycopg2://\(PostgresServer.user):\(password)@127.0.0.1:\(database.port)/postgres",
                "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet",
                "PYTHONUNBUFFERED": "1",
            ])
        let server = MLflowServer(port: port, process: process, database: database)
        // The first start of a version makes all tables. Its own Python asks: Foundation has no HTTP without another library.
        let question = "import sys, urllib.request as u; sys.exit(u.urlopen(sys.argv[1], timeout=20).read() != b'OK')"
        let python = PythonEnvironment(python: environment + "/bin/python")
        try await process.wait(for: "\(name) to answer", upTo: .seconds(120)) {
            (try? await python.run(["-c", question, server.url + "/health"])) != nil
        }
        return server
    }

    public func stop() {
        process.stop()
        database.stop()
    }

    private static func environment(_ name: String) async throws -> String {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "ci/python-environment").path
        let output = try await PythonEnvironment(python: script).run([name])
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
