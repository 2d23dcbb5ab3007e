import Formats
import Foundation
import RunModel

/// What changed between two runs, check by check, with what earlier runs said of it.
///
/// Of two runs on one environment it is the trend; of two environments it is what they do not have in common.
public struct RunComparison: Hashable, Sendable, Codable {
    /// A check that fails now.
    public struct Failure: Hashable, Sendable, Codable {
        public var check: CheckID
        public var title: String
        public var message: String
        /// When the first of the runs without a pass in between began.
        public var since: Date
        /// In how many runs on end it fails, this one counted.
        public var runs: Int
        /// The commit of the last run that passed and of the first that failed, where the pipelines told them.
        public var lastGoodCommit: String?
        public var firstBadCommit: String?
        /// The first change of a kind that brings it about after the last run that passed; a suspect, no proof.
        public var firstBadChange: Change?
    }

    public struct Named: Hashable, Sendable, Codable {
        public var check: CheckID
        public var title: String
        public var detail: String
    }

    /// A figure that two runs measured of the same thing.
    public struct Speed: Hashable, Sendable, Codable {
        public var check: CheckID
        /// The figure with its labels.
        public var figure: String
        /// In milliseconds.
        public var before: Double
        public var after: Double
        /// After divided by before.
        public var factor: Double
    }

    /// Something that was found out and is not the same.
    public struct Difference: Hashable, Sendable, Codable {
        public var name: String
        public var before: String
        public var after: String
        /// Whether it was declared to be different.
        public var isExpected: Bool
    }

    public var before: RunID
    public var after: RunID
    public var beforeEnvironment: String
    public var afterEnvironment: String
    public var new: [Failure]
    public var fixed: [Named]
    public var stillFailing: [Failure]
    public var flaky: [Named]
    public var slower: [Speed]
    public var faster: [Speed]
    /// Checks of which one of the runs says nothing, and why.
    public var notComparable: [Named]
    /// Versions, settings and addresses that are not the same.
    public var differences: [Difference]

    /// How much slower or faster a percentile must be to be named: what lies between is noise of short loads.
    public static let speedFactor = 1.5
    /// In milliseconds: a change of less is felt by nobody.
    public static let speedFloor = 5.0

    /// - Parameters:
    ///   - earlier: runs before `old`, in any order; they tell since when a check fails and which are flaky.
    ///   - changes: what was changed before the new run.
    ///   - expected: patterns of names in ``differences`` that may differ.
    public init(
        from old: RunRecord, to new: RunRecord, earlier: [RunRecord] = [], changes: ChangeRecord? = nil,
        expected: [String] = []
    ) {
        before = old.header.runID
        after = new.header.runID
        beforeEnvironment = old.header.environment
        afterEnvironment = new.header.environment
        let history = Self.history(earlier, old)
        let failing = new.rows.filter { Self.isFailing($0.result.status) }
        let failures = failing.map { row in
            Self.failure(row.descriptor, row.result, new, history, changes)
        }
        self.new = failures.filter { !(old.results[$0.check].map { Self.isFailing($0.status) } ?? false) }
        stillFailing = failures.filter { old.results[$0.check].map { Self.isFailing($0.status) } ?? false }
        fixed = new.rows.filter { row in
            row.result.status == .passed && (old.results[row.descriptor.id].map { Self.isFailing($0.status) } ?? false)
        }.map { Named(check: $0.descriptor.id, title: $0.descriptor.title, detail: $0.result.outcome.message) }
        flaky = Self.flaky(in: new, history)
        let speeds = Self.speeds(from: old, to: new)
        slower = speeds.filter { $0.factor >= Self.speedFactor }
        faster = speeds.filter { $0.factor <= 1 / Self.speedFactor }.reversed()
        notComparable = Self.notComparable(old, new)
        differences = Self.differences(from: old, to: new, expected: expected)
    }

    /// Whether nothing got worse and nothing differs that should not.
    public var isClean: Bool { new.isEmpty && slower.isEmpty && !differences.contains { !$0.isExpected && isParity } }

    /// Whether the runs are of two environments.
    public var isParity: Bool { beforeEnvironment != afterEnvironment }

    private static func isFailing(_ status: Status) -> Bool { status == .failed || status == .timeout }

    /// Newest first, each run once.
    private static func history(_ earlier: [RunRecord], _ old: RunRecord) -> [RunRecord] {
        var seen: Set<RunID> = []
        return (earlier + [old]).filter {
            $0.header.environment == old.header.environment && $0.header.startedAt <= old.header.startedAt
                && seen.insert($0.header.runID).inserted
        }.sorted { $0.header.startedAt > $1.header.startedAt }
    }

    private static func failure(
        _ descriptor: CheckDescriptor, _ result: CheckResult, _ run: RunRecord, _ history: [RunRecord],
        _ changes: ChangeRecord?
    ) -> Failure {
        var first = run
        var runs = 1
        var lastGood: RunRecord?
        for earlier in history {
            guard let status = earlier.results[descriptor.id]?.status, status.isConclusive else { continue }
            guard isFailing(status) else {
                lastGood = earlier
                break
            }
            first = earlier
            runs += 1
        }
        return Failure(
            check: descriptor.id, title: descriptor.title, message: result.outcome.message,
            since: first.header.startedAt, runs: runs, lastGoodCommit: lastGood?.header.change["commit"],
            firstBadCommit: lastGood == nil ? nil : first.header.change["commit"],
            firstBadChange: lastGood.flatMap { good in
                changes?.changes.filter {
                    $0.errorCode == nil && $0.at > good.header.startedAt && $0.at < first.header.startedAt
                }.min { $0.at < $1.at }
            })
    }

    /// Passed at a second attempt, or passed and failed by turns.
    private static func flaky(in run: RunRecord, _ history: [RunRecord]) -> [Named] {
        run.rows.compactMap { row in
            let id = row.descriptor.id
            if row.result.status == .flaky {
                return Named(check: id, title: row.descriptor.title, detail: "passed at a later attempt")
            }
            let said = ([run] + history).compactMap { $0.results[id]?.status }.filter(\.isConclusive)
            let turns = zip(said, said.dropFirst()).count { isFailing($0) != isFailing($1) }
            guard turns > 1 else { return nil }
            return Named(
                check: id, title: row.descriptor.title,
                detail: "changed its answer \(turns) times in \(said.count) runs")
        }
    }

    private static func notComparable(_ old: RunRecord, _ new: RunRecord) -> [Named] {
        let titles = Dictionary(
            (new.plan.entries + old.plan.entries).map { ($0.descriptor.id, $0.descriptor.title) },
            uniquingKeysWith: { first, _ in first })
        return Set(old.results.keys).union(new.results.keys).sorted().compactMap { id in
            let (then, now) = (old.results[id], new.results[id])
            let reason: String
            switch (then?.status.isConclusive, now?.status.isConclusive) {
            case (nil, true): reason = "not part of the earlier run"
            case (true, nil): reason = "not part of the later run"
            case (false, true): reason = "earlier \(then?.status.rawValue ?? ""): \(then?.outcome.message ?? "")"
            case (true, false): reason = "now \(now?.status.rawValue ?? ""): \(now?.outcome.message ?? "")"
            default: return nil
            }
            return Named(check: id, title: titles[id] ?? "", detail: reason)
        }
    }
}
