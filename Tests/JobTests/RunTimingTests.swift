import Foundation
import RunModel
import TestSupport
import Testing

@testable import Job

@Suite struct RunTimingTests {
    private func run(
        _ checks: [(id: CheckID, category: RunModel.Category, phase: Phase, start: Double, took: Double)],
        _ change: (inout CheckDescriptor) -> Void = { _ in }
    ) -> RunRecord {
        var fixture = RunRecordFixture()
        for check in checks {
            fixture.add(check.id, "t", check.category, check.phase, outcome: .passed("seen"))
            fixture.results[check.id]?.startedAt = RunRecordFixture.start.addingTimeInterval(check.start)
            fixture.results[check.id]?.duration = .milliseconds(Int(check.took * 1000))
            change(&fixture.entries[fixture.entries.count - 1].descriptor)
        }
        var record = fixture.record
        record.phases = Set(checks.map(\.phase)).sorted().map { phase in
            let own = checks.filter { $0.phase == phase }
            return PhaseRecord(
                phase: phase, startedAt: RunRecordFixture.start.addingTimeInterval((own.map(\.start).min() ?? 0) - 0.1),
                finishedAt: RunRecordFixture.start.addingTimeInterval(own.map { $0.start + $0.took }.max() ?? 0))
        }
        record.lastActivity = RunRecordFixture.start.addingTimeInterval(
            checks.map { $0.start + $0.took }.max() ?? 0)
        return record
    }

    @Test("The path leads through the checks whose ends let the next begin, and says why they waited")
    func findsPath() {
        let record = run([
            ("A-1", .unit, .coreTests, 1, 2), ("A-2", .unit, .coreTests, 1, 5), ("A-3", .unit, .coreTests, 3.01, 1),
            ("B-1", .integration, .coreTests, 6, 1), ("C-1", .mlflow, .validation, 8, 1),
            ("C-2", .mlflow, .validation, 9, 3), ("C-3", .mlflow, .validation, 12.5, 1),
        ]) { descriptor in
            if descriptor.id == "C-2" { descriptor.dependsOn = ["C-1"] }
            if descriptor.id == "C-3" { descriptor.excludes = [.loadWindow] }
        }
        let timing = RunTiming(of: record)
        #expect(timing.path.map(\.check) == ["A-2", "B-1", "C-1", "C-2", "C-3"])
        #expect(timing.path.map(\.after) == [.phase, .group, .phase, .dependency, .alone])
        #expect(timing.path.map { Int(($0.gap * 10).rounded()) } == [1, 0, 1, 0, 5])
        #expect(timing.path.last?.kind == .load)
        #expect(timing.phases.map { Int(($0.checks * 10).rounded()) } == [90, 50])
        #expect(abs(timing.wall - 13.5) < 0.001)
    }

    @Test("What did not run is on no path, and a run without checks has none")
    func leavesOut() {
        var record = run([("A-1", .unit, .coreTests, 1, 2), ("A-2", .unit, .coreTests, 3, 9)])
        record.results["A-2"]?.outcome = .skipped("not allowed")
        #expect(RunTiming(of: record).path.map(\.check) == ["A-1"])
        record.results = [:]
        #expect(RunTiming(of: record).path.isEmpty)
        #expect(RunTiming(of: record).phases.map(\.checks) == [0])
    }

    @Test("Checks that began at the same moment, and that took no time, end the path too")
    func endsAlways() {
        let record = run([
            ("A-1", .unit, .coreTests, 1, 0), ("A-2", .unit, .coreTests, 1, 0), ("A-3", .unit, .coreTests, 1, 0),
        ])
        #expect(RunTiming(of: record).path.count == 1)
    }
}
