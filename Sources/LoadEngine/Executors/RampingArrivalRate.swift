import Formats

/// Open model whose rate moves in straight lines from stage to stage.
public struct RampingArrivalRate: Hashable, Sendable, CustomStringConvertible {
    public struct Stage: Hashable, Sendable {
        /// Requests a second at the end of the stage.
        var rate: Double
        /// Zero jumps to the rate.
        public var duration: Duration

        public init(rate: Double, duration: Duration) {
            self.rate = rate
            self.duration = duration
        }
    }

    var startRate: Double
    public var stages: [Stage]

    public init(startRate: Double, stages: [Stage]) {
        self.startRate = startRate
        self.stages = stages
    }

    public var description: String {
        "\(startRate.shortText)/s" + stages.map { " → \($0.rate.shortText)/s in \($0.duration.readable)" }.joined()
    }

    func validate() throws(LoadPlanError) {
        guard (1...1000).contains(stages.count) else { throw LoadPlanError("ramp: expected 1…1000 stages") }
        for rate in [startRate] + stages.map(\.rate) where !(0...ExecutorBounds.rate.upperBound).contains(rate) {
            throw LoadPlanError("ramp: expected rates of 0/s…1000000/s, got \(rate)/s")
        }
        guard stages.allSatisfy({ $0.duration >= .zero }) else {
            throw LoadPlanError("ramp: a stage ends before it begins")
        }
        try ExecutorBounds.check(duration: stages.map(\.duration).reduce(.zero, +), "ramp")
    }

    var schedule: RampedArrivals {
        var rate = startRate
        return RampedArrivals(
            ramp: self,
            segments: stages.compactMap { stage in
                defer { rate = stage.rate }
                return stage.duration == .zero
                    ? nil : .init(from: rate, to: stage.rate, seconds: stage.duration.seconds)
            })
    }
}

/// The moments of a ramp, with its stages' areas worked out once.
struct RampedArrivals: ArrivalSchedule {
    struct Segment {
        var from: Double
        var to: Double
        var seconds: Double

        var requests: Double { (from + to) / 2 * seconds }

        /// Solves from·t + slope·t²/2 = area for t, in the form that stays exact for small slopes.
        func time(to area: Double) -> Double {
            let slope = (to - from) / seconds
            let root = max(0, from * from + 2 * slope * area).squareRoot()
            return area == 0 ? 0 : 2 * area / (from + root)
        }
    }

    let ramp: RampingArrivalRate
    let segments: [Segment]

    var count: Int { Int(clamping: segments.map(\.requests).reduce(0, +).rounded(.up)) }
    func validate() throws(LoadPlanError) { try ramp.validate() }

    /// The moment at which the area under the rate has reached the index.
    func arrival(_ index: Int) -> Duration {
        var left = Double(index)
        var start = 0.0
        for segment in segments {
            if left < segment.requests { return .nanoseconds(clamping: (start + segment.time(to: left)) * 1e9) }
            left -= segment.requests
            start += segment.seconds
        }
        return .nanoseconds(clamping: start * 1e9)
    }
}
