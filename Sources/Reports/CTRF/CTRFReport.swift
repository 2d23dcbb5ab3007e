import Formats
import Foundation

/// The Common Test Report Format (ctrf.io, version 0.0.0 of its schema).
struct CTRFReport: Encodable {
    let reportFormat = "CTRF"
    let specVersion = "0.0.0"
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
        /// Milliseconds since 1970.
        let start: Int64
        let stop: Int64
    }

    struct Test: Encodable {
        let name: String
        let status: String
        /// In milliseconds.
        let duration: Int64
        let message: String
        let rawStatus: String
        let suite: String
        let flaky: Bool
        let retries: Int
    }

    struct Environment: Encodable {
        let testEnvironment: String
        let buildName: String
        let commit: String?
    }

    init(_ document: Document) {
        var summary = Summary(
            start: document.header.startedAt.millisecondsSince1970,
            stop: document.record.lastActivity.millisecondsSince1970)
        let tests = document.rows.map(Self.test)
        summary.tests = tests.count
        for test in tests {
            switch test.status {
            case "passed": summary.passed += 1
            case "failed": summary.failed += 1
            case "pending": summary.pending += 1
            case "skipped": summary.skipped += 1
            default: summary.other += 1
            }
        }
        results = Results(
            tool: Tool(name: "plumbline", version: document.header.build), summary: summary, tests: tests,
            environment: Environment(
                testEnvironment: document.header.environment, buildName: document.header.runID.rawValue,
                commit: document.header.change["commit"]))
    }

    private static func test(_ row: CheckRow) -> Test {
        let status =
            switch row.result?.status {
            case .passed, .flaky: "passed"
            case .failed, .timeout: "failed"
            case .skipped, .blocked: "skipped"
            case .error, .inconclusive: "other"
            case nil: "pending"
            }
        return Test(
            name: "\(row.descriptor.id) \(row.descriptor.title)", status: status,
            duration: Int64(clamping: (row.result?.duration.milliseconds ?? 0).rounded()), message: row.message,
            rawStatus: row.status, suite: row.descriptor.category.title, flaky: row.result?.status == .flaky,
            retries: row.result?.earlierAttempts.count ?? 0)
    }
}
