import Formats
import Processes
import RunModel
import Settings

/// What a suite's end and its report amount to. Pure.
struct SuiteJudgement {
    var suite: SuiteSettings
    var ending: CommandRun.Ending
    var results: SuiteResults
    /// The last line of the output that is not empty: where runners say why they end badly.
    var lastWords: String

    func outcome() -> Outcome {
        switch ending {
        case .deadlineExceeded:
            return .timeout(
                "not ended after \(suite.deadline.readable), killed with its children; until then \(results.summary)\(names)"
            )
        case .cancelled:
            return .inconclusive(
                .obstacle(.cutShort, of: Component(.suite)), "the suite was cut short; until then \(results.summary)")
        case .signalled(let signal):
            return .failed(
                .suite(.crashed),
                "ended by signal \(signal)\(names)", expected: "an orderly end",
                got: "signal \(signal), \(results.summary)")
        case .exited(let status): return exited(status)
        }
    }

    private func exited(_ status: Int32) -> Outcome {
        if !results.bad.isEmpty {
            let disagreement = status == 0 ? "; the command ended with status 0 all the same" : ""
            return .failed(
                .suite(.testsFailed),
                "\(results.bad.count) of \(results.tests.count) tests do not pass\(disagreement)\(names)",
                expected: "every test passes", got: "status \(status), \(results.summary)")
        }
        if results.tests.isEmpty {
            return .inconclusive(
                .obstacle(.notCollected, of: Component(.suite)),
                "status \(status), but no test was reported: \(lastWords)\(soundness)")
        }
        if status != 0 {
            return .failed(
                .suite(.crashed),
                "all \(results.tests.count) tests pass, but the command ended with status \(status): \(lastWords)",
                expected: "status 0", got: "status \(status), \(results.summary)")
        }
        if !results.problems.isEmpty {
            return .inconclusive(
                .obstacle(.notCollected, of: Component(.suite)),
                "the report is incomplete: \(results.problems.joined(separator: "; "))")
        }
        if let announced = results.announced, announced.tests != results.tests.count || announced.failures != 0 {
            return .inconclusive(
                .deviation(Component(.suite), .contradiction),
                "the report contradicts itself: it announces \(announced.tests) tests with \(announced.failures) bad ones and lists \(results.summary)"
            )
        }
        if let expected = suite.expectedCount, results.executed < expected {
            return .failed(
                .suite(.incomplete),
                "only \(results.executed) tests ran", expected: "\(expected) tests", got: results.summary)
        }
        if results.executed == 0 {
            return .inconclusive(
                .obstacle(.nothingToLookAt, of: Component(.suite)), "every test was skipped: \(results.summary)")
        }
        return .passed(results.summary)
    }

    /// The first names of tests that do not pass.
    private var names: String {
        let bad = results.bad
        if bad.isEmpty { return "" }
        let shown = bad.prefix(5).map { test in
            [test.className, test.name].filter { !$0.isEmpty }.joined(separator: "::")
                + (test.message.map { " (\($0.prefix(120)))" } ?? "")
        }
        return ": " + shown.joined(separator: ", ") + (bad.count > 5 ? " and \(bad.count - 5) more" : "")
    }

    private var soundness: String {
        results.problems.isEmpty ? "" : " (\(results.problems.joined(separator: "; ")))"
    }
}
