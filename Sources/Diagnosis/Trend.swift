import Foundation
import RunModel

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
    /// Slower, faster, same or not comparable, with the reason; nil when no load was compared with the baseline's.
    public var responseTimes: String?

    /// - Parameter baseline: an earlier run, of which only the results matter.
    public init(from baseline: RunRecord, to record: RunRecord) {
        self.baseline = baseline.header.runID
        baselineStartedAt = baseline.header.startedAt
        isSameEnvironment = baseline.header.environment == record.header.environment
        let then = baseline.results.mapValues(\.status)
        let now = record.results.mapValues(\.status)
        let failing = now.filter { Self.isFailing($0.value) }.keys.sorted()
        newFailures = failing.filter { id in !(then[id].map(Self.isFailing) ?? false) }
        stillFailing = failing.filter { id in then[id].map(Self.isFailing) ?? false }
        let before = then.filter { Self.isFailing($0.value) }.keys.sorted()
        fixed = before.filter { now[$0].map(Self.isPassing) ?? false }
        lost = then.filter { Self.isPassing($0.value) }.keys.sorted()
            .filter { id in !(now[id]?.isConclusive ?? false) }
        if let old = HealthScore(of: baseline).score, let new = HealthScore(of: record).score {
            scoreChange = new - old
        }
        responseTimes = record.fact(.responseTimeComparison)
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
