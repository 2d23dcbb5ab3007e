import Foundation
import Synchronization

/// A server program of the system, started for tests and ended with them, also when the test process dies: the shell
/// between us and the server waits for the end of its standard input, which is a pipe that only this process holds.
public final class ServerProcess: Sendable {
    /// Where the server keeps its files; removed when it has ended.
    public let directory: URL
    private let input: Mutex<Pipe?>

    /// Starts `command` in a directory of its own, as the unprivileged `user` when the tests run as root.
    /// `signal` is what makes the server end at once.
    public init(
        directory: URL, user: String, command: [String], signal: String = "TERM", environment: [String: String] = [:]
    ) throws {
        self.directory = directory
        let script = """
            exec 3<&0
            "$@" </dev/null >"$LOG" 2>&1 &
            child=$!
            cat <&3 >/dev/null
            kill -\(signal) $child
            wait $child
            rm -rf "$DIRECTORY"
            """
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script, "sh"] + Self.unprivileged(user) + command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }.merging([
            "DIRECTORY": directory.path(percentEncoded: false),
            "LOG": directory.appending(path: "server.log").path(percentEncoded: false),
        ]) { $1 }
        let pipe = Pipe()
        // A server that another test starts meanwhile must not hold this end open: ours would never see its end.
        _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardInput = pipe
        try process.run()
        input = Mutex(pipe)
    }

    deinit { stop() }

    /// Ends the server without waiting for it.
    public func stop() {
        input.withLock { pipe in
            try? pipe?.fileHandleForWriting.close()
            pipe = nil
        }
    }

    /// What the server has written so far.
    public var log: String {
        (try? String(contentsOf: directory.appending(path: "server.log"), encoding: .utf8)) ?? ""
    }

    /// Polls until `condition` holds.
    public func wait(for what: String, upTo limit: Duration = .seconds(20), _ condition: () async -> Bool) async throws
    {
        let end = ContinuousClock.now.advanced(by: limit)
        while ContinuousClock.now < end {
            if await condition() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw TestServerError("\(what) did not happen within \(limit); the server's log:\n\(log)")
    }

    /// The prefix that drops root's rights; empty when we are not root.
    public static func unprivileged(_ user: String) -> [String] {
        guard geteuid() == 0, let entry = getpwnam(user) else { return [] }
        // A user's group need not have the user's name: that of `nobody` is `nogroup`.
        return ["setpriv", "--reuid=\(entry.pointee.pw_uid)", "--regid=\(entry.pointee.pw_gid)", "--clear-groups"]
    }

    /// A new directory under the temporary one that `user` may write to.
    public static func makeDirectory(for user: String) throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "plumbline-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        if geteuid() == 0 { try run(["chown", "\(user):", directory.path(percentEncoded: false)]) }
        return directory
    }

    /// Runs a program to its end; its output is part of the error when it fails.
    @discardableResult
    public static func run(_ command: [String], in directory: URL? = nil) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        if let directory { process.currentDirectoryURL = directory }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: bytes, as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw TestServerError("\(command.joined(separator: " ")) ended with \(process.terminationStatus): \(text)")
        }
        return text
    }

    /// A port on which nobody listens now.
    public static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw TestServerError("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Whether somebody accepts connections on a loopback port.
    public static func isListening(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// Why a server that a test needs is not there.
public struct TestServerError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
