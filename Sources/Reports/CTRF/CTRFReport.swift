import Formats
import RunModel

/// The Common Test Report Format (ctrf.io, version 0.0.0 of its schema).
struct CTRFReport: Encodable {
    let reportFormat = "CTRF"
    let specVersion = "0.0.0"
    let runId: String
    let generatedBy: String
    let results: Results

    struct Results: Encodable {
        let tool: Tool
        let summary: Summary
        let tests: [Test]
        let environment: Environment
    }

    struct Tool: Encodable {
        let name: String
        let version: String
    }

    struct Summary: Encodable {
        var tests = 0
        var passed = 0
        var failed = 0
        var pending = 0
        var skipped = 0
        var other = 0
        var flaky = 0
        var suites = 0
        /// Milliseconds since 1970.
        let start: Int64
        let stop: Int64
    }

    struct Test: Encodable {
        let testId: String
        let name: String
        let status: String
        /// In milliseconds.
        let duration: Int64
        /// Milliseconds since 1970; nil when the check did not run.
        let start: Int64?
        let stop: Int64?
        let message: String
        /// What was expected and what came; nil when nothing failed.
        let trace: String?
        let rawStatus: String
        /// Phase and area.
        let suite: [String]
        let flaky: Bool
        let retries: Int
        let retryAttempts: [RetryAttempt]?
    }

    struct RetryAttempt: Encodable {
        /// Counted from 1.
        let attempt: Int
        let status: String
        /// In milliseconds.
        let duration: Int64
        let message: String
    }

    struct Environment: Encodable {
        let testEnvironment: String
        let buildName: String
        let commit: String?
        let branchName: String?
    }

    init(_ document: Document) {
        var summary = Summary(
            start: document.header.startedAt.millisecondsSince1970,
            stop: document.record.lastActivity.millisecondsSince1970)
        let tests = document.rows.map(Self.test)
        summary.tests = tests.count
        summary.flaky = tests.count(where: \.flaky)
        summary.suites = document.areas.count
        for test in tests {
            switch test.status {
            case "passed": summary.passed += 1
            case "failed": summary.failed += 1
            case "pending": summary.pending += 1
            case "skipped": summary.skipped += 1
            default: summary.other += 1
            }
        }
        runId = document.header.runID.rawValue
        generatedBy = "plumbline \(document.header.build)"
        results = Results(
            tool: Tool(name: "plumbline", version: document.header.build), summary: summary, tests: tests,
            environment: Environment(
                testEnvironment: document.header.environment, buildName: document.header.runID.rawValue,
                commit: document.header.change["commit"], branchName: document.header.change["branch"]))
    }

    private static func test(_ row: CheckRow) -> Test {
        let start = row.result?.startedAt.millisecondsSince1970
        let duration = milliseconds(row.result?.duration)
        let attempts = row.result?.earlierAttempts ?? []
        return Test(
            testId: row.descriptor.id.rawValue, name: "\(row.descriptor.id) \(row.descriptor.title)",
            status: status(row.result?.status), duration: duration, start: start, stop: start.map { $0 + duration },
            message: row.message, trace: trace(row), rawStatus: row.status,
            suite: [row.descriptor.phase.title, row.descriptor.category.title], flaky: row.result?.status == .flaky,
            retries: attempts.count, retryAttempts: attempts.isEmpty ? nil : attempts.enumerated().map(retry))
    }

    private static func retry(_ index: Int, _ attempt: Attempt) -> RetryAttempt {
        RetryAttempt(
            attempt: index + 1, status: status(attempt.outcome.status), duration: milliseconds(attempt.duration),
            message: attempt.outcome.message)
    }

    private static func trace(_ row: CheckRow) -> String? {
        guard case .failed(let mismatch)? = row.result?.outcome else { return nil }
        let evidence = (row.result?.evidence ?? []).map { "\nevidence: \($0.path)" }.joined()
        return "expected: \(mismatch.expected)\ngot: \(mismatch.got)\(evidence)"
    }

    /// Whatever a journal gives: no less than nothing, and what a reader of JSON keeps exactly.
    private static func milliseconds(_ duration: Duration?) -> Int64 {
        min(max(0, Int64(clamping: (duration?.milliseconds ?? 0).rounded())), 1 << 53)
    }

    private static func status(_ status: Status?) -> String {
        switch status {
        case .passed, .flaky: "passed"
        case .failed, .timeout: "failed"
        case .skipped, .blocked: "skipped"
        case .error, .inconclusive: "other"
        case nil: "pending"
        }
    }
}
