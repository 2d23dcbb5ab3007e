import Foundation
import RunModel
import TestSupport
import Testing

@testable import Diagnosis

@Suite struct RunComparisonTests {
    /// A run on the given day with checks that passed or failed, by id.
    private func run(
        day: Int, _ outcomes: [CheckID: Outcome], environment: String = "staging", commit: String? = nil,
        metrics: [Metric] = [], facts: [FactName: String] = [:]
    ) -> RunRecord {
        var fixture = RunRecordFixture(environment: environment)
        for (id, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
            fixture.add(id, "Title of \(id)", outcome: outcome, metrics: metrics, facts: facts)
        }
        var record = fixture.record
        record.header.startedAt = RunRecordFixture.start.addingTimeInterval(Double(day) * 86_400)
        record.header.runID = RunID(startedAt: record.header.startedAt, random: UInt32(day))
        record.header.change = commit.map { ["commit": $0] } ?? [:]
        return record
    }

    private static let wrong = Outcome.failed(.unrecorded, "wrong", expected: "a", got: "b")
    private static let right = Outcome.passed("fine")

    @Test("Each check is in the list that says what became of it")
    func sorts() {
        let old = run(
            day: 1,
            ["A": Self.right, "B": Self.wrong, "C": Self.wrong, "D": Self.right, "E": .skipped("no permission")])
        let new = run(
            day: 2,
            [
                "A": Self.wrong, "B": Self.right, "C": Self.wrong, "D": .skipped("left out"), "E": Self.right,
                "F": Self.right,
            ])
        let comparison = RunComparison(from: old, to: new)
        #expect(comparison.new.map(\.check) == ["A"])
        #expect(comparison.fixed.map(\.check) == ["B"])
        #expect(comparison.stillFailing.map(\.check) == ["C"])
        #expect(comparison.notComparable.map(\.check) == ["D", "E", "F"])
        #expect(
            comparison.notComparable.map(\.detail) == [
                "now skipped: left out", "earlier skipped: no permission", "not part of the earlier run",
            ])
        #expect(!comparison.isClean)
    }

    @Test(
        "A failure says since when and for how many runs, with the commits between which it came and the first change")
    func tellsSince() throws {
        let runs = [
            run(day: 1, ["A": Self.right], commit: "good"), run(day: 2, ["A": Self.wrong], commit: "bad"),
            run(day: 3, ["A": .inconclusive(.unrecorded, "unknown")]), run(day: 4, ["A": Self.wrong], commit: "later"),
        ]
        func change(_ id: String, day: Double) -> Change {
            Change(
                id: id, origin: .git, kind: .code, at: RunRecordFixture.start.addingTimeInterval(day * 86_400),
                actor: "someone", action: id, resources: [])
        }
        let changes = ChangeRecord(
            from: runs[0].header.startedAt, to: runs[3].header.startedAt,
            changes: [
                change("before", day: 0.5), change("second", day: 1.8), change("first", day: 1.5),
                change("after", day: 3),
            ],
            eventsRead: 4)
        let comparison = RunComparison(from: runs[1], to: runs[3], earlier: [runs[2], runs[0]], changes: changes)
        let failure = try #require(comparison.stillFailing.first)
        #expect(failure.runs == 2)
        #expect(failure.since == runs[1].header.startedAt)
        #expect(failure.lastGoodCommit == "good")
        #expect(failure.firstBadCommit == "bad")
        #expect(failure.firstBadChange?.id == "first")
    }

    @Test("A check that changes its answer back and forth is flaky; one that changed once is not")
    func findsFlaky() {
        let outcomes = [Self.right, Self.wrong, Self.right, Self.wrong]
        let runs = outcomes.enumerated().map { run(day: $0 + 1, ["A": $1, "B": $0 < 2 ? Self.right : Self.wrong]) }
        let comparison = RunComparison(from: runs[2], to: runs[3], earlier: Array(runs[..<2]))
        #expect(comparison.flaky.map(\.check) == ["A"])
    }

    @Test("Slower and faster are named by factor, and noise is not")
    func comparesSpeeds() {
        func metrics(_ a: Double, _ b: Double, _ c: Double) -> [Metric] {
            [("a", a), ("b", b), ("c", c)].map {
                Metric("http.response_time.p95", $1, .milliseconds, labels: ["endpoint": $0])
            }
        }
        let old = run(day: 1, ["A": Self.right], metrics: metrics(100, 100, 1))
        let new = run(day: 2, ["A": Self.right], metrics: metrics(250, 40, 3))
        let comparison = RunComparison(from: old, to: new)
        #expect(comparison.slower.map(\.factor) == [2.5])
        #expect(comparison.faster.map(\.factor) == [0.4])
    }

    @Test("Two environments are compared for what they found out, and declared differences are marked")
    func comparesParity() {
        let old = run(
            day: 1, ["A": Self.right], environment: "staging", facts: [.databaseVersion: "15.4", .redisVersion: "7"])
        let new = run(
            day: 2, ["A": Self.right], environment: "production", facts: [.databaseVersion: "14.9", .redisVersion: "7"])
        let comparison = RunComparison(from: old, to: new)
        #expect(comparison.isParity)
        #expect(comparison.differences.map(\.name) == ["database.version"])
        #expect(!comparison.isClean)
        #expect(RunComparison(from: old, to: new, expected: ["database.*"]).isClean)
    }

    @Test("The report of the original campaign is read as far as it says something, and other JSON is none")
    func readsLegacy() throws {
        let text = """
            {"timestamp": "2025-08-13T00:00:00", "services": {"alb_health": {"auth": {"status": "healthy"}},
             "mlflow_service": {"status": "unhealthy"}, "redis": {"status": "not_tested"},
             "latency_stats": {"auth_health": {"samples": 5, "avg_ms": 118.5}}}, "summary": {"total_checks": 3}}
            """
        let report = try #require(LegacyHealthReport(Data(text.utf8)))
        #expect(report.services.map(\.name) == ["alb_health", "mlflow_service", "redis"])
        #expect(report.services.map(\.isWorking) == [true, false, nil])
        #expect(report.latencies == ["auth_health": 118.5])
        #expect(LegacyHealthReport(Data("[1]".utf8)) == nil)
        #expect(LegacyHealthReport(Data("no".utf8)) == nil)
    }
}
