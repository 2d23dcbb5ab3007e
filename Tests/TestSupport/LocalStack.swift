import Foundation
import Synchronization

/// The whole local stack, started once for a test process by the built `plumbline-sandbox` and taken down when the process
/// ends. After a crash of the tests the next `plumbline-sandbox down --dir` finds what was left.
public struct LocalStack: Sendable {
    /// Holds `sandbox.json`, `plumbline.yaml`, `secrets/`, `logs/`.
    public let directory: URL
    public let profile: String
    public let state: State

    /// The part of `sandbox.json` that tests use.
    public struct State: Sendable, Decodable {
        public struct URLs: Sendable, Decodable {
            public let api: String
            public let registry: String
            public let auth: String
            public let mlflow: String
            public let gateway: String
            public let aws: String
            public let toxiproxy: String
        }

        public struct Process: Sendable, Decodable {
            public let pid: Int32
        }

        public struct Part: Sendable, Decodable {
            public let name: String
            public let address: String
            public let log: String
            public let process: Process
        }

        public let urls: URLs
        public let ports: [String: Int]
        /// Fake API keys: `admin`, `reader`, `revoked`, `expired`, `other_service`, `poor`.
        public let keys: [String: String]
        public let parts: [Part]
    }

    /// Why the stack is not there.
    public struct Problem: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    /// The running stack of this test process with a behaviour profile; started by the first call.
    ///
    /// - Parameters:
    ///   - purpose: tests that break the stack name one, and have a stack that no other tests use.
    ///   - options: further options of `plumbline-sandbox up`, for stacks with a purpose.
    public static func shared(
        profile: String = "B", purpose: String = "", options: [String] = []
    ) async throws -> LocalStack {
        let name = purpose.isEmpty ? profile : "\(profile)-\(purpose)"
        let task = running.withLock { tasks in
            if let task = tasks[name] { return task }
            let task = Task { try await start(name: name, profile: profile, options: options) }
            tasks[name] = task
            return task
        }
        return try await task.value
    }

    /// The configuration for `plumbline run`.
    public var configuration: String { directory.appending(path: "plumbline.yaml").path }

    /// The log of a part: `api`, `mlflow`, `fault-proxy`, …
    public func log(_ part: String) -> String {
        (try? String(contentsOf: directory.appending(path: "logs/\(part).log"), encoding: .utf8)) ?? ""
    }

    /// Breaks the stack as the named scenario does; `none` makes it whole again.
    public func apply(scenario: String) async throws {
        try await Self.sandbox(["scenario", scenario, "--dir", directory.path])
    }

    /// The `plumbline-sandbox` of this build: tests and programs are built into one directory.
    public static func executable(_ name: String = "plumbline-sandbox") throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        // The runner is either the test bundle itself or a tool that got its path as an argument.
        for start in [own] + CommandLine.arguments {
            let folder = URL(filePath: start).deletingLastPathComponent()
            let candidate = folder.appending(path: name).path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw Problem(description: "\(name) was not found beside the test bundle; build it with `swift build`")
    }

    /// Runs the sandbox's program to its end.
    ///
    /// - Returns: what it wrote to stdout.
    /// - Throws: ``Problem`` with what it wrote to stderr when it fails.
    @discardableResult
    public static func sandbox(_ arguments: [String]) async throws -> String {
        let program = try executable()
        return try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: waiting for a process would block one of the few threads of the pool.
            Thread.detachNewThread {
                continuation.resume(with: Result { try runAndWait(program, arguments) })
            }
        }
    }

    private static let running = Mutex<[String: Task<LocalStack, any Error>]>([:])

    private static func start(name: String, profile: String, options: [String]) async throws -> LocalStack {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "plumbline-stack-\(ProcessInfo.processInfo.processIdentifier)-\(name)")
        started.withLock { directories in
            if directories.isEmpty { atexit { LocalStack.takeDown() } }
            directories.append(directory)
        }
        let json = try await sandbox(["up", "--dir", directory.path, "--profile", profile, "--json"] + options)
        let state = try JSONDecoder().decode(State.self, from: Data(json.utf8))
        return LocalStack(directory: directory, profile: profile, state: state)
    }

    private static let started = Mutex<[URL]>([])

    private static func takeDown() {
        guard let program = try? executable() else { return }
        for directory in started.withLock({ $0 }) {
            guard (try? runAndWait(program, ["down", "--dir", directory.path])) != nil else { continue }
            try? FileManager.default.removeItem(at: directory)
        }
    }

    private static func runAndWait(_ program: String, _ arguments: [String]) throws -> String {
        let errors = FileManager.default.temporaryDirectory.appending(path: "plumbline-sandbox-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: errors) }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw Problem(
                description: "plumbline-sandbox \(arguments.joined(separator: " ")) ended with "
                    + "\(process.terminationStatus):\n\(text.suffix(6000))")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
