import Foundation
import RunModel

/// Where the wall time of a run went, from its journal alone: phases, and the checks that nothing could have ended before.
///
/// The path is walked backwards: the check that ended last, then the one whose end let it begin, and so on to the start of the phase.
/// Of what a check does inside itself, such as waiting for a breaker, the journal says nothing.
public struct RunTiming: Sendable, Encodable {
    public struct PhaseTime: Sendable, Encodable {
        public let phase: String
        /// In seconds.
        public let wall: Double
        /// What its checks took together, in seconds.
        public let checks: Double
    }

    /// A check on the path.
    public struct Step: Sendable, Encodable {
        public let check: CheckID
        /// Seconds since the run began.
        public let at: Double
        /// In seconds.
        public let took: Double
        /// Seconds between the end of what it waited for and its start: Plumbline's own.
        public let gap: Double
        public let after: Reason
        public let kind: Kind
    }

    /// What a check on the path waited for.
    public enum Reason: String, Sendable, Encodable {
        case phase = "start of the phase"
        case dependency = "depends on the one before"
        case group = "end of the category before"
        case alone = "runs with nothing at the same time"
        case shared = "shares a breaker with the one before"
        case launch = "one launched instance at a time"
        case place = "a free place"
    }

    /// What makes a check take its time.
    public enum Kind: String, CaseIterable, Sendable, Encodable {
        case fault = "faults"
        case launch = "launched instances"
        case load = "loads"
        case breaker = "the breaker"
        case other = "other checks"
    }

    /// From the start of the run to the end of its last check, in seconds.
    public let wall: Double
    public let phases: [PhaseTime]
    public let path: [Step]

    public init(of record: RunRecord) {
        let start = record.header.startedAt
        wall = max(0, record.lastActivity.timeIntervalSince(start))
        var phases: [PhaseTime] = []
        var path: [Step] = []
        let rows = record.rows.filter { ![.skipped, .blocked].contains($0.result.status) }
        for times in record.phases.sorted(by: { $0.startedAt < $1.startedAt }) {
            let own = rows.filter { $0.descriptor.phase == times.phase }.map { Span($0.descriptor, $0.result, start) }
            // The phases that write documents have no checks, and end after the last event.
            guard times.phase <= .validation else { continue }
            let begins = times.startedAt.timeIntervalSince(start)
            let ends = times.finishedAt?.timeIntervalSince(start) ?? own.map(\.end).max() ?? begins
            phases.append(
                PhaseTime(
                    phase: times.phase.name, wall: max(0, ends - begins), checks: own.reduce(0) { $0 + $1.took }))
            path += Self.path(through: own, from: begins)
        }
        self.phases = phases
        self.path = path
    }

    /// Seconds on the path by what takes them, and between its checks.
    public var shares: [(kind: Kind, seconds: Double)] {
        Kind.allCases.map { kind in (kind, path.filter { $0.kind == kind }.reduce(0) { $0 + $1.took }) }
    }

    public var gaps: Double { path.reduce(0) { $0 + $1.gap } }

    /// Checks that overlap by less than this follow one another: the moments of the journal are milliseconds.
    private static let tolerance = 0.02

    private static func path(through spans: [Span], from begins: Double) -> [Step] {
        var steps: [Step] = []
        var current = spans.max { $0.end < $1.end }
        var left = spans.sorted { $0.end < $1.end }
        while let span = current {
            left.removeAll { $0.start >= span.start }
            let before = left.last { $0.end <= span.start + tolerance }
            steps.append(
                Step(
                    check: span.id, at: span.start, took: span.took,
                    gap: max(0, span.start - (before?.end ?? begins)), after: span.reason(after: before),
                    kind: span.kind))
            current = before
        }
        return steps.reversed()
    }

    /// A check in time, in seconds since the run began.
    private struct Span {
        let descriptor: CheckDescriptor
        let start: Double
        let took: Double

        init(_ descriptor: CheckDescriptor, _ result: CheckResult, _ origin: Date) {
            self.descriptor = descriptor
            start = result.startedAt.timeIntervalSince(origin)
            took = max(0, result.duration / .seconds(1))
        }

        var id: CheckID { descriptor.id }
        var end: Double { start + took }
        private var isAlone: Bool { descriptor.excludes.contains(where: \.isOfEverything) }

        var kind: Kind {
            if descriptor.breaksSomething { return .fault }
            if descriptor.needs.contains(.launch) { return .launch }
            if descriptor.excludes.contains(.loadWindow) || descriptor.needs.contains(.load) { return .load }
            return descriptor.excludes.contains(.breaker) ? .breaker : .other
        }

        func reason(after before: Span?) -> Reason {
            guard let before else { return .phase }
            if descriptor.dependsOn.contains(before.id) { return .dependency }
            if descriptor.phase == .coreTests, descriptor.category != before.descriptor.category { return .group }
            if isAlone || before.isAlone { return .alone }
            if !Set(descriptor.excludes).isDisjoint(with: before.descriptor.excludes) { return .shared }
            if descriptor.needs.contains(.launch), before.descriptor.needs.contains(.launch) { return .launch }
            return .place
        }
    }
}
