import Formats

/// Open model with equal gaps between starts.
public struct ConstantArrivalRate: Hashable, Sendable, CustomStringConvertible, ArrivalSchedule {
    /// Requests a second.
    var rate: Double
    public var duration: Duration

    public init(rate: Double, duration: Duration) {
        self.rate = rate
        self.duration = duration
    }

    public var description: String { "\(rate.shortText)/s for \(duration.readable)" }
    var count: Int { Int(clamping: (rate * duration.seconds).rounded(.up)) }
    func arrival(_ index: Int) -> Duration { .nanoseconds(clamping: Double(index) / rate * 1e9) }

    func validate() throws(LoadPlanError) {
        try ExecutorBounds.check(rate: rate, "rate")
        try ExecutorBounds.check(duration: duration, "duration")
    }
}
