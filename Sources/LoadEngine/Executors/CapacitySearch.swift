import Formats

/// Looks for the highest arrival rate that a target holds: doubles it until the objective breaks, then halves the gap.
public struct CapacitySearch: Hashable, Sendable {
    public var startRate: Double
    public var maximumRate: Double
    /// Of each step.
    public var stepDuration: Duration
    /// Between steps, for the target to work off what was left.
    public var rest: Duration
    /// The search ends when the bracket is this narrow, as a share of the rate.
    public var precision: Double
    /// Answers must come at this share of the planned rate, or the target has fallen behind.
    public var heldShare: Double

    public init(
        startRate: Double, maximumRate: Double, stepDuration: Duration = .seconds(5), rest: Duration = .seconds(1),
        precision: Double = 0.03, heldShare: Double = 0.98
    ) {
        self.startRate = startRate
        self.maximumRate = maximumRate
        self.stepDuration = stepDuration
        self.rest = rest
        self.precision = precision
        self.heldShare = heldShare
    }

    /// One rate that was tried.
    public struct Step: Hashable, Sendable, Codable {
        public var rate: Double
        public var held: Bool
        /// Answers a second while the step lasted and drained.
        public var achieved: Double
        @Seconds public var p99: Duration
        public var errorRate: Double
        /// Why the objective broke, empty when it held.
        public var reason: String
    }

    public struct Result: Hashable, Sendable, Codable {
        public enum Ending: Hashable, Sendable, Codable {
            /// The limit lies between the highest rate that held and the lowest that did not.
            case found
            /// The highest rate allowed still held.
            case beyondMaximum
            /// Even the first rate did not hold.
            case belowStart
            /// The generator could not go on, or the run was ended: the limit is at least the capacity given.
            case inconclusive(String)
        }

        /// The highest rate that held, per second; 0 when none did.
        public var capacity: Double
        /// The knee: what broke first above it.
        public var limitedBy: String
        public var steps: [Step]
        public var ending: Ending
    }

    /// Searches with the plan's requests, thresholds and limits; the plan's own executor is replaced.
    ///
    /// - Parameter stopCondition: asked once a second; a reason ends the search.
    /// - Throws: `LoadPlanError` when the plan or the search cannot be run as written.
    public func run(
        _ plan: LoadPlan, observer: @escaping @Sendable (LoadProgress) -> Void = { _ in },
        stopCondition: (@Sendable (LoadProgress) async -> String?)? = nil
    ) async throws(LoadPlanError) -> Result {
        try validate()
        var bracket = CapacityBracket(self)
        while let rate = bracket.next {
            var step = plan
            step.executor = .constantArrivalRate(.init(rate: rate, duration: stepDuration))
            let report = try await LoadEngine(step).run(observer: observer, stopCondition: stopCondition)
            bracket.take(rate, report)
            if bracket.next != nil { try? await Task.sleep(for: rest) }
        }
        return bracket.result
    }

    private func validate() throws(LoadPlanError) {
        try ExecutorBounds.check(rate: startRate, "start rate")
        try ExecutorBounds.check(rate: maximumRate, "maximum rate")
        try ExecutorBounds.check(duration: stepDuration, "step")
        guard startRate <= maximumRate else {
            throw LoadPlanError("capacity search: the start rate is above the maximum")
        }
        guard (0.005...0.5).contains(precision), (0.5...1).contains(heldShare) else {
            throw LoadPlanError("capacity search: expected a precision of 0.005…0.5 and a held share of 0.5…1")
        }
    }
}

/// What is known of the limit so far, and which rate to try next. Pure.
struct CapacityBracket {
    private let search: CapacitySearch
    private var steps: [CapacitySearch.Step] = []
    private var held = 0.0
    private var broken = Double.infinity
    private var ending: CapacitySearch.Result.Ending?
    /// A rate to try once more, because its step was broken and the generator was not above suspicion.
    private var again: Double?
    private var doubtful = 0
    private static let maximumSteps = 40
    private static let maximumDoubts = 3

    init(_ search: CapacitySearch) { self.search = search }

    /// The next rate to try, nil at the end.
    var next: Double? {
        guard ending == nil, steps.count < Self.maximumSteps else { return nil }
        if let again { return again }
        if steps.isEmpty { return search.startRate }
        if broken == .infinity { return held >= search.maximumRate ? nil : min(held * 2, search.maximumRate) }
        guard held > 0, (broken - held) / broken > search.precision else { return nil }
        return (held + broken) / 2
    }

    mutating func take(_ rate: Double, _ report: LoadReport) {
        if case .stopped(let reason) = report.ending {
            ending = .inconclusive(reason)
        } else if report.ending == .cancelled {
            ending = .inconclusive("the run was cancelled")
        }
        let reason = Self.breakage(rate, report, search)
        let failed = !reason.isEmpty
        let doubt = failed ? Self.doubt(report) : nil
        steps.append(
            .init(
                rate: rate, held: !failed && ending == nil, achieved: report.rate,
                p99: report.overall.responseTime.percentile(99), errorRate: report.overall.errorRate, reason: reason))
        guard ending == nil else { return }
        if let doubt {
            doubtful += 1
            again = doubtful < Self.maximumDoubts ? rate : nil
            if again == nil { ending = .inconclusive("the generator may have been the limit: \(doubt)") }
            return
        }
        (doubtful, again) = (0, nil)
        if failed { broken = min(broken, rate) } else { held = max(held, rate) }
    }

    var result: CapacitySearch.Result {
        let found: CapacitySearch.Result.Ending =
            broken == .infinity ? .beyondMaximum : held == 0 ? .belowStart : .found
        return .init(
            capacity: held, limitedBy: steps.filter { !$0.reason.isEmpty }.min { $0.rate < $1.rate }?.reason ?? "",
            steps: steps, ending: ending ?? found)
    }

    private static func breakage(_ rate: Double, _ report: LoadReport, _ search: CapacitySearch) -> String {
        if let failed = report.thresholds.first(where: { $0.verdict == .failed }) {
            return "\(failed.threshold): \(failed.measured)"
        }
        if report.rate < rate * search.heldShare {
            return "answers came at \(report.rate.shortText)/s, \(rate.shortText)/s were sent"
        }
        return ""
    }

    /// Why a step that broke may have been broken by the generator; nil when it was the target.
    ///
    /// A step that held needs no such question: a late or busy generator makes figures worse, never better. Nor does one
    /// whose answers fell behind with the processor free: an overloaded target makes requests wait.
    private static func doubt(_ report: LoadReport) -> String? {
        let generator = report.generator
        let isTired = generator.busiestThread > 0.9 || generator.longestPause > .seconds(1)
        let missesTimes = report.thresholds.contains { $0.verdict == .failed } && !report.judgement.isValid
        guard isTired || missesTimes else { return nil }
        return report.judgement.reasons.first ?? "its event loop stood still for \(generator.longestPause.readable)"
    }
}
