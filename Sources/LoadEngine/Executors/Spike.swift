import Formats

/// Open model: a calm rate, a sudden burst, calm again, to see whether and how fast the target recovers.
public struct Spike: Hashable, Sendable, CustomStringConvertible {
    var baseRate: Double
    var peakRate: Double
    public var before: Duration
    public var peak: Duration
    public var after: Duration

    public init(baseRate: Double, peakRate: Double, before: Duration, peak: Duration, after: Duration) {
        self.baseRate = baseRate
        self.peakRate = peakRate
        self.before = before
        self.peak = peak
        self.after = after
    }

    public var description: String {
        "\(baseRate.shortText)/s for \(before.readable), \(peakRate.shortText)/s for \(peak.readable), "
            + "\(baseRate.shortText)/s for \(after.readable)"
    }

    var stages: RampingArrivalRate {
        RampingArrivalRate(
            startRate: baseRate,
            stages: [
                .init(rate: baseRate, duration: before), .init(rate: peakRate, duration: .zero),
                .init(rate: peakRate, duration: peak), .init(rate: baseRate, duration: .zero),
                .init(rate: baseRate, duration: after),
            ])
    }
}
