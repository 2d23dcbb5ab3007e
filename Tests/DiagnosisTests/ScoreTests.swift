import RunModel
import TestSupport
import Testing

@testable import Diagnosis

@Suite struct ScoreTests {
    @Test("Missing data lowers the coverage and never the score")
    func separatesCoverage() throws {
        var run = RunRecordFixture()
        run.add("A", "a", severity: .medium, outcome: .passed(""))
        run.add("B", "b", severity: .medium, outcome: .failed(.unrecorded, "", expected: "", got: ""))
        let before = HealthScore(of: run.record)
        run.add("C", "c", severity: .critical, outcome: .inconclusive(.unrecorded, "no leave"))
        run.add("D", "d", severity: .low, outcome: nil)
        let after = HealthScore(of: run.record)
        #expect(before.score == 50)
        #expect(after.score == 50)
        #expect(before.coverage == 1)
        #expect(after.coverage == 4.0 / 9)
    }

    @Test("A run in which nothing was said has no score")
    func hasNoScoreWithoutData() {
        var run = RunRecordFixture()
        run.add("A", "a", outcome: .skipped("not wanted"))
        #expect(HealthScore(of: run.record).score == nil)
        #expect(HealthScore(of: run.record).coverage == 0)
        #expect(LegacyHealthScore(of: run.record).score == nil)
        #expect(LegacyHealthScore(of: run.record).coverage == 0)
    }

    @Test("What ran on the model alone says nothing of the deployment")
    func leavesModelOut() {
        var run = RunRecordFixture()
        run.add("A", "a", outcome: .passed(""))
        run.add("B", "b", outcome: .failed(.unrecorded, "", expected: "", got: ""), subject: .model)
        #expect(HealthScore(of: run.record).score == 100)
    }

    @Test("The legacy score of a healthy deployment is the 54.5 % of contract §1.2")
    func reproducesLegacyScore() {
        var run = RunRecordFixture()
        let facts: [LegacyComponent: String] = [
            .authRoot: "200", .authHealth: "200", .registryRoot: "401", .registryHealth: "200", .apiHealth: "200",
            .authService: "1", .apiService: "2", .mlflowService: "1", .mlflowHealth: "401", .mlflowVersion: "401",
            .mlflowExperiments: "401",
        ]
        let named = Dictionary(uniqueKeysWithValues: facts.map { (FactName.legacy($0.key), $0.value) })
        run.add("A", "a", outcome: .passed(""), facts: named)
        let score = LegacyHealthScore(of: run.record)
        #expect(score.passed == 6)
        #expect(score.coverage == 1)
        #expect(((score.score ?? 0) * 10).rounded() == 545)
        #expect(score.components.first { $0.key == .registryHealth }?.passed == false)
    }

    @Test("The trend tells new failures from old ones, and what was lost from what was mended")
    func comparesRuns() {
        var before = RunRecordFixture()
        before.add("A", "a", outcome: .passed(""))
        before.add("B", "b", outcome: .failed(.unrecorded, "", expected: "", got: ""))
        before.add("C", "c", outcome: .failed(.unrecorded, "", expected: "", got: ""))
        before.add("D", "d", outcome: .passed(""))
        var after = RunRecordFixture()
        after.add("A", "a", outcome: .failed(.unrecorded, "", expected: "", got: ""))
        after.add("B", "b", outcome: .passed(""), facts: [.responseTimeComparison: "same"])
        after.add("C", "c", outcome: .timeout(""))
        after.add("D", "d", outcome: .blocked(by: "A"))
        let trend = Trend(from: before.record, to: after.record)
        #expect(trend.newFailures == ["A"])
        #expect(trend.fixed == ["B"])
        #expect(trend.stillFailing == ["C"])
        #expect(trend.lost == ["D"])
        #expect(trend.direction == .mixed)
        #expect(trend.isSameEnvironment)
        #expect(trend.responseTimes == "same")
        #expect((trend.scoreChange ?? 0) < 0)
    }
}
