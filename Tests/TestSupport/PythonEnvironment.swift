import Foundation

/// The Python with moto, boto3 and botocore that the tests use as their oracle and AWS endpoint.
public struct PythonEnvironment: Sendable {
    /// Why there is none, or why a script failed.
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
        public init(_ description: String) { self.description = description }
    }

    /// The interpreter.
    public let python: String

    /// `PLUMBLINE_PYTHON`, the environment named by `PLUMBLINE_PYTHON_ENVIRONMENT`, or the newest one that `ci/python-environment`
    /// has left in the cache.
    public static func find(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> PythonEnvironment {
        if let python = environment["PLUMBLINE_PYTHON"], !python.isEmpty { return PythonEnvironment(python: python) }
        if let directory = environment["PLUMBLINE_PYTHON_ENVIRONMENT"], !directory.isEmpty {
            return PythonEnvironment(python: directory + "/bin/python")
        }
        let home = environment["HOME"] ?? "/root"
        let cache =
            environment["PLUMBLINE_CACHE"] ?? (environment["XDG_CACHE_HOME"] ?? home + "/.cache") + "/plumbline"
        let files = FileManager.default
        let complete = ((try? files.contentsOfDirectory(atPath: cache)) ?? [])
            .filter { $0.hasPrefix("python-") && files.fileExists(atPath: "\(cache)/\($0)/complete") }
            .map { name -> (path: String, date: Date) in
                let path = "\(cache)/\(name)"
                let attributes = try? files.attributesOfItem(atPath: path + "/complete")
                return (path, attributes?[.modificationDate] as? Date ?? .distantPast)
            }
        guard let newest = complete.max(by: { $0.date < $1.date }) else {
            throw Problem(
                "no Python environment in \(cache); run ci/python-environment, or ci/test, which does")
        }
        return PythonEnvironment(python: newest.path + "/bin/python")
    }

    /// The path of a script of `Tests/Scripts`.
    public static func script(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Scripts").appending(path: name).path
    }

    /// Runs a script to its end and gives what it wrote to stdout.
    ///
    /// - Throws: ``Problem`` with the script's own error text when it fails or Python cannot be started.
    public func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Data {
        let python = python
        return try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: waiting for a process would block one of the few threads of the pool.
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.runAndWait(python, arguments, environment) })
            }
        }
    }

    private static func runAndWait(
        _ python: String, _ arguments: [String], _ environment: [String: String]
    ) throws -> Data {
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Problem("\(python) is not a program; run ci/python-environment")
        }
        // Files rather than pipes: a server that another test starts meanwhile would inherit a pipe and keep it open.
        let scratch = FileManager.default.temporaryDirectory.appending(path: "plumbline-python-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let (output, errors) = (scratch.appending(path: "output"), scratch.appending(path: "errors"))
        for file in [output, errors] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw Problem("\(arguments.first ?? python) ended with \(process.terminationStatus): \(text.suffix(2000))")
        }
        return try Data(contentsOf: output)
    }
}
