import Formats
import Foundation
import Testing

@testable import Job

@Suite struct StackTraceTests {
    private static let log = """
        2026-03-01 10:00:00 INFO started
        2026-03-01 10:00:01,123 ERROR an older failure
        2026-03-01 10:00:05 INFO GET /health
        2026-03-01 10:00:06 ERROR request failed
        Traceback (most recent call last):
          File "app.py", line 12, in health
            return details()
        KeyError: 'mlflow'
        2026-03-01 10:00:07 INFO GET /live
        2026-03-01 10:09:00 ERROR a later failure
        """

    private func window(_ from: String, _ to: String) throws -> ClosedRange<Date> {
        try #require(Timestamp.date(from))...(try #require(Timestamp.date(to)))
    }

    @Test("The error of the window is found with its stack trace, and nothing after it")
    func findsTrace() throws {
        let found = StackTrace(Self.log, window: try window("2026-03-01T10:00:04Z", "2026-03-01T10:00:20Z")).found
        let text = try #require(found).text
        #expect(text.contains("ERROR request failed") && text.hasSuffix("KeyError: 'mlflow'"))
        #expect(!text.contains("/live") && !text.contains("later"))
    }

    @Test("Errors before and after the window are those of others")
    func ignoresOthers() throws {
        #expect(StackTrace(Self.log, window: try window("2026-03-01T10:01:00Z", "2026-03-01T10:02:00Z")).found == nil)
        #expect(StackTrace("", window: try window("2026-03-01T10:01:00Z", "2026-03-01T10:02:00Z")).found == nil)
    }

    @Test("An error that names a page of the check comes before a later one of somebody else")
    func prefersOwn() throws {
        let log = """
            2026-03-01 10:00:06 ERROR GET /health/status answered 500: theirs
            2026-03-01 10:00:07 ERROR GET /health?detailed=true answered 500: ours
            2026-03-01 10:00:08 ERROR GET /health/status answered 500: later
            """
        let window = try window("2026-03-01T10:00:04Z", "2026-03-01T10:00:20Z")
        let own = try #require(StackTrace(log, window: window, pages: ["/health"]).found)
        #expect(own.page == "/health" && own.text.hasSuffix("ours"))
        let other = try #require(StackTrace(log, window: window, pages: ["/ready"]).found)
        #expect(other.page == nil && other.text.hasSuffix("later"))
    }

    @Test(
        "Moments are read in the forms that servers write",
        arguments: [
            "2026-03-01T10:00:00.5 x", "2026-03-01 10:00:00.123 UTC [12] ERROR", "2026/03/01 10:00:00 [error] 5#5:",
            "[2026-03-01 10:00:00 +0000] x",
        ])
    func readsMoments(line: String) {
        #expect(StackTrace.time(of: line[...]) == Timestamp.date("2026-03-01T10:00:00Z"))
    }
}
