import Foundation
import Processes
import RunModel
import TestSupport
import Testing

/// The suites that the local stack ships, one for each way in which a suite can end.
@Suite(.serialized) struct ExampleSuiteTests {
    static let endings: [CheckID: (status: Status, says: String)] = [
        "SUITE-EXAMPLE-GOOD": (.passed, "4 tests: 3 passed, 0 failed, 0 errors, 1 skipped (JUnit XML)"),
        "SUITE-EXAMPLE-BAD": (.failed, "2 of 3 tests do not pass"),
        "SUITE-EXAMPLE-UNDER-COVERAGE": (.failed, "all 4 tests pass, but the command ended with status 1"),
        "SUITE-EXAMPLE-EMPTY": (.inconclusive, "status 0, but no test was reported"),
        "SUITE-EXAMPLE-SLOW": (.timeout, "killed with its children; until then 1 tests: 1 passed"),
        "SUITES-COVERAGE": (.passed, "% of"),
    ]

    @Test func `each way in which a suite can end is told as it is, and nothing is left running`() async throws {
        try await CampaignStack.with(profile: "fixed", more: ["--suites"]) { stack in
            let run = try await stack.run(["--only", "SUITE*"])
            let results = try await stack.results()
            for (id, ending) in Self.endings {
                let result = try #require(results.first { $0.id == id }, "\(id): \(run.error.text.suffix(1000))")
                #expect(result.status == ending.status, "\(id): \(result.outcome)")
                #expect("\(result.outcome)".contains(ending.says), "\(id): \(result.outcome)")
            }
            for result in results where result.id.rawValue.hasSuffix("-ENV") {
                #expect(result.status == .passed, "\(result.id): \(result.outcome)")
                #expect(result.outcome.message.contains("python3 3."), "\(result.outcome.message)")
            }
            #expect(processes(below: stack.directory.appending(path: "work/suite").path) == [])
        }
    }

    /// Processes that work in a directory.
    private func processes(below directory: String) -> [String] {
        let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }
        return pids.filter { pid in
            let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
            return folder?.hasPrefix(directory) ?? false
        }
    }
}
