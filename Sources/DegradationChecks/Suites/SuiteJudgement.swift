import Formats
import Processes
import RunModel
import Secrets
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
                "not ended after \(suite.deadline.readable), killed with its children\(during); until then \(results.summary)\(shortfall)\(names)"
            )
        case .cancelled:
            return .inconclusive(
                .obstacle(.cutShort, of: Component(.suite)),
                "the suite was cut short; until then \(results.summary)\(shortfall)")
        case .signalled(let signal):
            return .failed(
                .suite(.crashed),
                "ended by signal \(signal)\(during)\(shortfall)\(names)", expected: "an orderly end",
                got: "signal \(signal), \(results.summary)")
        case .exited(let status): return exited(status)
        }
    }

    private func exited(_ status: Int32) -> Outcome {
        if !results.bad.isEmpty {
            let disagreement = status == 0 ? "; the command ended with status 0 all the same" : ""
            return .failed(
                .suite(.testsFailed),
                "\(results.bad.count) of \(results.tests.count) tests do not pass\(disagreement)\(crash(status))\(shortfall)\(names)",
                expected: "every test passes", got: "status \(status), \(results.summary)")
        }
        if results.tests.isEmpty {
            return .inconclusive(
                .obstacle(.notCollected, of: Component(.suite)),
                "status \(status), but no test was reported\(crash(status))\(shortfall): \(lastWords)\(soundness)")
        }
        if status != 0 {
            return .failed(
                .suite(.crashed),
                "all \(results.tests.count) tests pass, but the command ended with status \(status)\(crash(status))\(shortfall): \(lastWords)",
                expected: "status 0", got: "status \(status), \(results.summary)")
        }
        if !results.problems.isEmpty {
            return .inconclusive(
                .obstacle(.notCollected, of: Component(.suite)),
                "the report is incomplete: \(results.problems.joined(separator: "; "))\(shortfall)")
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
        return .passed(
            results.summary + (suite.expectedCount.map { "; \(results.executed) ran of \($0) expected" } ?? ""))
    }

    /// Where fewer tests ran than there are, whatever else went wrong.
    private var shortfall: String {
        guard let expected = suite.expectedCount, results.executed < expected else { return "" }
        return "; only \(results.executed) of the \(expected) expected tests ran"
    }

    private var during: String { results.running.map { " during \($0)" } ?? "" }

    /// Shells and runners tell of a child's signal by a status above 128.
    private func crash(_ status: Int32) -> String { status > 128 ? during : "" }

    /// The tests that do not pass, by what they say: tests that fail alike may have one cause, others have another.
    private var names: String {
        let kinds = Dictionary(grouping: results.bad, by: \.kindOfFailure)
            .sorted { ($0.value.count, $1.key) > ($1.value.count, $0.key) }
        if kinds.isEmpty { return "" }
        let shown = kinds.prefix(Self.kindsShown).map { _, tests in
            let told = tests.prefix(Self.testsShown).map(\.fullName).joined(separator: ", ")
            let more = tests.count > Self.testsShown ? " and \(tests.count - Self.testsShown) more" : ""
            return told + more + (tests[0].message.map { " (\($0.excerpt(120)))" } ?? "")
        }
        let left = kinds.dropFirst(Self.kindsShown).reduce(0) { $0 + $1.value.count }
        let count = kinds.count > 1 ? " in \(kinds.count) ways" : ""
        return "\(count): " + shown.joined(separator: "; ") + (left > 0 ? "; and \(left) more in other ways" : "")
    }

    private static let kindsShown = 6
    private static let testsShown = 3

    private var soundness: String {
        results.problems.isEmpty ? "" : " (\(results.problems.joined(separator: "; ")))"
    }
}

extension SuiteResults.Test {
    fileprivate var fullName: String { [className, name].filter { !$0.isEmpty }.joined(separator: "::") }

    /// The first line of what it says, with figures and addresses left out.
    fileprivate var kindOfFailure: String {
        let line = message?.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.excerpt(200).replacing(#/0x[0-9a-fA-F]+|\d+/#, with: "#")
    }
}
