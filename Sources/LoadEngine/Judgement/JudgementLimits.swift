import Formats

/// From where on the generator does not trust its own figures.
public struct JudgementLimits: Hashable, Sendable {
    /// 99 % of the starts must be at most this late, or at most `latenessShare` of the response time's p99.
    public var lateStart: Duration
    public var latenessShare: Double
    /// Of the planned starts, how many must have happened.
    public var achievedShare: Double
    /// Samples that must lie beyond a percentile before it is judged: ten make 1,000 for p99.
    public var samplesBeyondPercentile: Int
    /// Relative difference between mean in flight and rate × mean service time (Little's law).
    public var littlesLaw: Double
    /// Share of one processor that an event loop may use in an open model.
    public var processorShare: Double
    /// An event loop that did not run for so long was stopped from outside.
    public var pause: Duration

    public init(
        lateStart: Duration = .milliseconds(5), latenessShare: Double = 0.1, achievedShare: Double = 0.99,
        samplesBeyondPercentile: Int = 10, littlesLaw: Double = 0.1, processorShare: Double = 0.9,
        pause: Duration = .milliseconds(1000)
    ) {
        self.lateStart = lateStart
        self.latenessShare = latenessShare
        self.achievedShare = achievedShare
        self.samplesBeyondPercentile = samplesBeyondPercentile
        self.littlesLaw = littlesLaw
        self.processorShare = processorShare
        self.pause = pause
    }
}

/// Whether the figures of a run can be trusted, as the generator sees itself.
public struct LoadJudgement: Hashable, Sendable, Codable {
    /// Why not; empty means valid.
    public var reasons: [String]
    /// What a reader should know, though it does not spoil the figures.
    public var notes: [String]

    public var isValid: Bool { reasons.isEmpty }

    public init(reasons: [String] = [], notes: [String] = []) {
        self.reasons = reasons
        self.notes = notes
    }
}
