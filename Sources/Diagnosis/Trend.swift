import Foundation
import RunModel

/// What is kept of an earlier run to compare with. It is read from `results.json` of its bundle.
public struct Baseline: Hashable, Sendable, Codable {
    public var runID: RunID
    public var environment: String
    public var startedAt: Date
    public var statuses: [CheckID: Status]
    /// The corrected score, 0…100; nil when nothing was measured.
    public var score: Double?

    public init(runID: RunID, environment: String, startedAt: Date, statuses: [CheckID: Status], score: Double?) {
        self.runID = runID
        self.environment = environment
        self.startedAt = startedAt
        self.statuses = statuses
        self.score = score
    }

    public init(of record: RunRecord) {
        self.init(
            runID: record.header.runID, environment: record.header.environment, startedAt: record.header.startedAt,
            statuses: record.results.mapValues(\.status), score: HealthScore(of: record).score)
    }
}

/// What changed between two runs.
public struct Trend: Hashable, Sendable, Codable {
    public enum Direction: String, Sendable, Codable { case better, worse, mixed, same }

    public var baseline: RunID
    public var baselineStartedAt: Date
    /// False when the baseline is of another environment, so that a comparison says little.
    public var isSameEnvironment: Bool
    /// Failing now and not then.
    public var newFailures: [CheckID]
    /// Failing then, passing now.
    public var fixed: [CheckID]
    public var stillFailing: [CheckID]
    /// Passed then; now nothing can be said.
    public var lost: [CheckID]
    /// In points; nil when one of the runs has no score.
    public var scoreChange: Double?

    public init(from baseline: Baseline, to now: Baseline) {
        self.baseline = baseline.runID
        baselineStartedAt = baseline.startedAt
        isSameEnvironment = baseline.environment == now.environment
        let failing = now.statuses.filter { Self.isFailing($0.value) }.keys.sorted()
        newFailures = failing.filter { id in !(baseline.statuses[id].map(Self.isFailing) ?? false) }
        stillFailing = failing.filter { id in baseline.statuses[id].map(Self.isFailing) ?? false }
        let before = baseline.statuses.filter { Self.isFailing($0.value) }.keys.sorted()
        fixed = before.filter { now.statuses[$0].map(Self.isPassing) ?? false }
        lost = baseline.statuses.filter { Self.isPassing($0.value) }.keys.sorted()
            .filter { id in !(now.statuses[id]?.isConclusive ?? false) }
        if let old = baseline.score, let new = now.score { scoreChange = new - old }
    }

    public var direction: Direction {
        switch (newFailures.isEmpty, fixed.isEmpty) {
        case (true, true): .same
        case (true, false): .better
        case (false, true): .worse
        case (false, false): .mixed
        }
    }

    private static func isFailing(_ status: Status) -> Bool { status == .failed || status == .timeout }
    private static func isPassing(_ status: Status) -> Bool { status == .passed || status == .flaky }
}
