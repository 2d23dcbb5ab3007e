import Foundation

/// A Redis server of Debian's.
public final class RedisServer: Sendable {
    public let port: Int
    private let process: ServerProcess

    /// Starts a server with further settings of its configuration. With `tls`, it speaks TLS only and shows that certificate.
    public init(settings: [String: String] = [:], tls: TestCertificate? = nil) async throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/redis-server") else {
            throw TestServerError("Redis is missing: install the package redis-server")
        }
        let directory = try ServerProcess.makeDirectory(for: "redis")
        let port = try settings["port"].flatMap { Int($0) } ?? ServerProcess.freePort()
        self.port = port
        var all = [
            "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": directory.path(percentEncoded: false),
            "port": String(port),
        ].merging(settings) { $1 }
        if let tls {
            for (file, pem) in [("server.crt", tls.certificate), ("server.key", tls.key), ("ca.crt", tls.authority)] {
                let path = directory.appending(path: file).path(percentEncoded: false)
                try Data(pem.utf8).write(to: URL(filePath: path))
                if geteuid() == 0 { try ServerProcess.run(["chown", "redis:", path]) }
            }
            all["port"] = "0"
            all["tls-port"] = String(port)
            all["tls-auth-clients"] = "no"
            all["tls-cert-file"] = directory.appending(path: "server.crt").path(percentEncoded: false)
            all["tls-key-file"] = directory.appending(path: "server.key").path(percentEncoded: false)
            all["tls-ca-cert-file"] = directory.appending(path: "ca.crt").path(percentEncoded: false)
        }
        let options = all.sorted { $0.key < $1.key }.flatMap { ["--\($0.key)", $0.value] }
        process = try ServerProcess(
            directory: directory, user: "redis", command: ["/usr/bin/redis-server"] + options, signal: "KILL")
        try await process.wait(for: "Redis to listen") { ServerProcess.isListening(port) }
    }

    public func stop() { process.stop() }
}
