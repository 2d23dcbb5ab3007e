import Foundation

/// One of the servers of `ci/hostile-servers.py`, which answer what no sane server would.
public final class HostileServer: Sendable {
    public let port: Int
    private let process: ServerProcess
    private let kind: String
    private let logPath: String

    public init(_ kind: String) async throws {
        let directory = try ServerProcess.makeDirectory(for: "nobody")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../ci/hostile-servers.py")
        // The directory of a checkout may be closed to others than its owner.
        try Data(contentsOf: script.standardized).write(to: directory.appending(path: "servers.py"))
        let folder = directory.path(percentEncoded: false)
        self.kind = kind
        logPath = folder + "/served"
        let process = try ServerProcess(
            directory: directory, user: "nobody",
            command: ["/usr/bin/env", "python3", folder + "/servers.py", "--log", logPath, kind], signal: "KILL")
        try await process.wait(for: "the server to name its port") { process.log.hasSuffix("\n") }
        guard let port = Int(process.log.split(separator: " ").last?.dropLast() ?? "") else {
            throw TestServerError("no port: \(process.log)")
        }
        self.port = port
        self.process = process
    }

    /// What clients have done, such as `session`, `statement` or `PASSWORD`.
    public var served: [String] {
        let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { String($0.dropFirst(kind.count + 1)) }
    }

    public func stop() { process.stop() }
}
