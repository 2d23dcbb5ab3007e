import Foundation

/// A PostgreSQL server of Debian's with the user `mlflow` and the database `mlflow_db`; password log-in over TCP.
public final class PostgresServer: Sendable {
    public static let user = "mlflow"
    public static let password = "fake p@ss/word:%'\\"
    public static let database = "mlflow_db"

    public let port: Int
    private let process: ServerProcess

    /// Starts a server. With `tls`, it shows that certificate.
    public init(settings: [String: String] = [:], tls: TestCertificate? = nil) async throws {
        let programs = try Self.programs()
        let directory = try ServerProcess.makeDirectory(for: "postgres")
        let data = directory.appending(path: "data").path(percentEncoded: false)
        let passwordFile = directory.appending(path: "password")
        try Data(Self.password.utf8).write(to: passwordFile)
        if geteuid() == 0 { try ServerProcess.run(["chmod", "644", passwordFile.path(percentEncoded: false)]) }
        try ServerProcess.run(
            ServerProcess.unprivileged("postgres") + [
                "\(programs)/initdb", "-D", data, "-U", Self.user, "-A", "scram-sha-256", "--no-sync", "-E", "UTF8",
                "--locale=C", "--pwfile=\(passwordFile.path(percentEncoded: false))",
            ], in: directory)
        port = try settings["port"].flatMap { Int($0) } ?? ServerProcess.freePort()
        var all = [
            "port": String(port), "listen_addresses": "127.0.0.1", "fsync": "off",
            "unix_socket_directories": directory.path(percentEncoded: false),
        ].merging(settings) { $1 }
        if let tls {
            for (file, pem) in [("server.crt", tls.certificate), ("server.key", tls.key)] {
                let path = directory.appending(path: file).path(percentEncoded: false)
                try Data(pem.utf8).write(to: URL(filePath: path))
                if geteuid() == 0 { try ServerProcess.run(["chown", "postgres:", path]) }
                try ServerProcess.run(["chmod", "600", path])
            }
            all["ssl"] = "on"
            all["ssl_cert_file"] = directory.appending(path: "server.crt").path(percentEncoded: false)
            all["ssl_key_file"] = directory.appending(path: "server.key").path(percentEncoded: false)
        }
        let options = all.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        process = try ServerProcess(
            directory: directory, user: "postgres", command: ["\(programs)/postgres", "-D", data] + options,
            signal: "INT")
        let pidFile = URL(filePath: data).appending(path: "postmaster.pid")
        try await process.wait(for: "PostgreSQL to be ready") {
            ((try? String(contentsOf: pidFile, encoding: .utf8)) ?? "").contains("ready")
        }
    }

    public func stop() { process.stop() }

    /// Runs statements one after the other, as the user of the platform.
    public func run(_ statements: String..., in database: String = "postgres") throws {
        try ServerProcess.run(
            [
                "PGPASSWORD=\(Self.password)", "psql", "-h", "127.0.0.1", "-p", String(port), "-U", Self.user, "-d",
                database,
                "-q", "-v", "ON_ERROR_STOP=1",
            ] + statements.flatMap { ["-c", $0] })
    }

    private static func programs() throws -> String {
        for version in ["17", "16", "15", "14"] {
            let directory = "/usr/lib/postgresql/\(version)/bin"
            if FileManager.default.isExecutableFile(atPath: directory + "/postgres") { return directory }
        }
        throw TestServerError("PostgreSQL is missing: install the package postgresql")
    }
}
