import Formats
import Foundation
import Job
import RunModel
import Settings
import TestSupport

/// One run of the built `plumbline` over checks of the validation phase, and what it found.
struct ValidationRun {
    let results: [CheckID: CheckResult]
    let descriptors: [CheckID: CheckDescriptor]

    private struct Answer: Decodable {
        var results: [CheckResult]
    }

    /// - Parameter patterns: what `--only` is given.
    static func perform(configuration: String, only patterns: [String], allow: String? = nil) async throws
        -> ValidationRun
    {
        try await withTemporaryDirectory { directory in
            let program = try LocalStack.executable("plumbline")
            let state = directory.appending(path: "state").path
            var arguments = [
                "run", "--config", configuration, "--state", state, "--out", directory.path, "--progress", "none",
                "--phase", "setup", "--phase", "validation",
            ]
            for pattern in patterns { arguments += ["--only", pattern] }
            if let allow { arguments += ["--allow", allow] }
            // The gate's exit code is not what is asked here: 0 to 7 are all ends of a run.
            let run = try await output(program, arguments)
            guard run.status <= 7, run.status != 1, run.status != 2 else {
                throw TestServerError("plumbline run ended with \(run.status): \(run.text.suffix(3000))")
            }
            let told = try await output(program, ["results", "--state", state, "--json"])
            let answer = try JSON.decode(Answer.self, from: Data(told.text.utf8))
            let loaded = try Configuration.load(path: configuration, environment: [:])
            let descriptors = Catalogue.checks(for: loaded).map(\.descriptor)
            return ValidationRun(
                results: Dictionary(answer.results.map { ($0.id, $0) }) { $1 },
                descriptors: Dictionary(descriptors.map { ($0.id, $0) }) { $1 })
        }
    }

    /// Critical checks that failed, timed out or broke.
    var criticalFailures: [CheckID] {
        results.values.filter {
            descriptors[$0.id]?.isCritical == true && [.failed, .timeout, .error].contains($0.status)
        }.map(\.id).sorted()
    }

    /// Message, expectation and observation of a check, for a look at its reason.
    func told(_ id: CheckID) -> String {
        guard let result = results[id] else { return "\(id) did not run" }
        if case .failed(let mismatch) = result.outcome {
            return "failed: \(mismatch.message) | expected \(mismatch.expected) | got \(mismatch.got)"
        }
        return "\(result.status.rawValue): \(result.outcome.message)"
    }

    /// Runs a program to its end on a thread of its own; stdout only.
    private static func output(_ program: String, _ arguments: [String]) async throws -> (status: Int32, text: String) {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let process = Process()
                        process.executableURL = URL(filePath: program)
                        process.arguments = arguments
                        let pipe = Pipe()
                        process.standardOutput = pipe
                        process.standardError = FileHandle.nullDevice
                        try process.run()
                        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
                        process.waitUntilExit()
                        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
                    })
            }
        }
    }
}
