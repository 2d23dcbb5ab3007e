import Formats
import Foundation
import TestSupport

/// The built `plumbline`, started as a user starts it.
struct CommandLineProcess {
    /// How it ended and what it wrote.
    struct End: Sendable {
        /// Exit code, or 128 + the signal that ended it, as a shell says it.
        let status: Int32
        let output: String
        let errors: String
        let duration: Duration

        var json: JSONValue? { try? JSON.decode(JSONValue.self, from: Data(output.utf8)) }
    }

    private let process: Process
    private let files: URL
    private let started = ContinuousClock.now

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// Starts it in a directory.
    ///
    /// - Parameter wrapper: a command line that ends by running its arguments, such as `sh -c 'exec "$@" >&-' sh`.
    init(_ arguments: [String], in directory: URL, wrapper: [String] = [], environment: [String: String] = [:]) throws {
        files = directory.appending(path: ".process-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = wrapper + [try LocalStack.executable("plumbline")] + arguments
        process.currentDirectoryURL = directory
        // Variables of a pipeline would change what is shown.
        let inherited = ProcessInfo.processInfo.environment.filter {
            !["CI", "GITHUB_ACTIONS", "GITLAB_CI"].contains($0.key)
        }
        process.environment = inherited.merging(environment) { $1 }
        for (name, assign) in [
            ("output", { [process] in process.standardOutput = $0 }),
            ("errors", { [process] in process.standardError = $0 }),
        ] as [(String, (FileHandle) -> Void)] {
            let file = files.appending(path: name)
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
            assign(try FileHandle(forWritingTo: file))
        }
        try process.run()
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for its end.
    func end() async -> End {
        let process = process
        await withCheckedContinuation { continuation in
            // A thread of its own: waiting for a process would block one of the few threads of the pool.
            Thread.detachNewThread {
                process.waitUntilExit()
                continuation.resume()
            }
        }
        let duration = ContinuousClock.now - started
        func text(_ name: String) -> String {
            (try? Data(contentsOf: files.appending(path: name))).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        let end = End(
            status: process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0),
            output: text("output"), errors: text("errors"), duration: duration)
        try? FileManager.default.removeItem(at: files)
        return end
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String], in directory: URL, wrapper: [String] = [], environment: [String: String] = [:]
    ) async throws -> End {
        try await CommandLineProcess(arguments, in: directory, wrapper: wrapper, environment: environment).end()
    }
}
