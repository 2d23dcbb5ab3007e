import CheckKit
import Formats
import Foundation
import Processes
import RunModel
import Settings

/// Runs the commands of a suite and finds what they leave.
struct SuiteCommand: Sendable {
    let suite: SuiteSettings
    let context: CheckContext

    /// Runs one command in the suite's directory and keeps its output as evidence.
    ///
    /// - Throws: ``Stop`` as inconclusive when it cannot be started.
    func run(_ arguments: [String], deadline: Duration, title: String) async throws -> CommandRun.Result {
        // Python keeps what it printed until a buffer is full: what a killed suite was doing would be lost.
        let environment = ["PYTHONUNBUFFERED": "1"]
            .merging(CleanEnvironment.variables(of: context.environment)) { _, new in new }
            .merging(suite.environment) { _, new in new }
        do {
            let result = try await CommandRun.run(
                ProcessLaunch(
                    arguments: arguments, environment: environment, workingDirectory: suite.workingDirectory),
                deadline: deadline)
            for (name, output) in [("stdout", result.output), ("stderr", result.error)] where output.totalBytes > 0 {
                context.recorder.attach(Evidence("\(title), \(name)", bytes: output.bytes))
            }
            return result
        } catch {
            throw Stop.inconclusive(.obstacle(.launch, of: Component(.suite)), "\(error)")
        }
    }

    /// The results of the JUnit file if it was written by this run, else of the console.
    func results(since start: Date, console: String) -> SuiteResults {
        let fallback = PytestConsole.read(console)
        guard let junit = suite.junit else { return fallback }
        let place = path(junit)
        let handle: FileHandle
        do throws(OutsideFileError) {
            handle = try OutsideFile.open(place, limit: JUnitReport.largestFile)
        } catch {
            return noting(
                error.isMissing ? "no JUnit XML was written to \(junit)" : "the JUnit XML at \(junit) \(error.reason)",
                in: fallback)
        }
        defer { try? handle.close() }
        if !Self.wasWritten(place, since: start) {
            return noting("the JUnit XML at \(junit) is older than this run", in: fallback)
        }
        let results = JUnitReport.read(handle)
        if results.tests.count >= fallback.tests.count { return results }
        // A report cut off at the deadline may hold less than what was printed.
        return fallback.tests.isEmpty ? results : noting(results.problems.joined(separator: "; "), in: fallback)
    }

    /// Whether a file was written after a moment. File systems keep whole seconds at worst.
    static func wasWritten(_ place: String, since start: Date) -> Bool {
        let modified = (try? FileManager.default.attributesOfItem(atPath: place))?[.modificationDate] as? Date
        return modified.map { $0 >= start.addingTimeInterval(-1) } ?? false
    }

    func path(_ relative: String) -> String {
        relative.hasPrefix("/") ? relative : suite.workingDirectory + "/" + relative
    }

    private func noting(_ problem: String, in results: SuiteResults) -> SuiteResults {
        var results = results
        if !problem.isEmpty { results.problems.append(problem) }
        return results
    }
}

/// A version such as 3.11.2, found in a text.
struct Version: Comparable, CustomStringConvertible {
    private let parts: [Int]

    init?(_ text: String) {
        guard let match = text.firstMatch(of: #/(\d{1,6})((?:\.\d{1,6}){0,3})/#) else { return nil }
        parts = (match.1 + match.2).split(separator: ".").compactMap { Int($0) }
    }

    var description: String { parts.map(String.init).joined(separator: ".") }

    static func < (left: Version, right: Version) -> Bool {
        for index in 0..<max(left.parts.count, right.parts.count) {
            let pair = (
                index < left.parts.count ? left.parts[index] : 0, index < right.parts.count ? right.parts[index] : 0
            )
            if pair.0 != pair.1 { return pair.0 < pair.1 }
        }
        return false
    }
}
