import Formats
import Foundation

/// All that a load run found out.
public struct LoadReport: Hashable, Sendable, Codable {
    /// Version of this form; histograms of other versions are not compared.
    public static let currentFormat = 1

    public var format = LoadReport.currentFormat
    /// What was sent, one line for each request, without credentials.
    public var targets: [String]
    public var executor: String
    /// How the bytes were moved; nil in reports from before there was more than one way.
    public var transport: LoadTransport?
    /// Why in that way; nil in older reports.
    public var transportReason: String?
    public var startedAt: Date
    /// From the first planned start to the last answer.
    @Seconds public var duration: Duration
    public var overall: LoadStatistics
    /// By request name.
    public var requests: [String: LoadStatistics]
    /// One entry for each second.
    public var series: [SecondSample]
    public var generator: GeneratorFigures
    public var thresholds: [ThresholdResult]
    public var judgement: LoadJudgement
    public var ending: Ending

    /// Why the run ended.
    public enum Ending: Hashable, Sendable, Codable {
        case completed
        /// Requests or time of the limits were used up.
        case budget(String)
        /// A stop condition, or a threshold that aborts.
        case stopped(String)
        case cancelled
    }

    /// Answers a second.
    public var rate: Double { duration > .zero ? Double(overall.completed) / duration.seconds : 0 }

    /// The whole run in one word. A failed threshold counts only when the generator trusts its figures.
    public var verdict: ThresholdResult.Verdict {
        guard judgement.isValid else { return .inconclusive }
        if thresholds.contains(where: { $0.verdict == .failed }) { return .failed }
        if thresholds.contains(where: { $0.verdict == .inconclusive }) || overall.completed == 0 {
            return .inconclusive
        }
        return .met
    }
}

/// What happened in one second of the run.
public struct SecondSample: Hashable, Sendable, Codable {
    /// From the start of the run.
    public var second: Int
    public var started = 0
    public var completed = 0
    public var failed = 0
    /// Mean over the second.
    public var inFlight = 0.0
    /// Response times in milliseconds; zero when nothing completed.
    public var p50 = 0.0
    public var p95 = 0.0
    public var p99 = 0.0
    public var maximum = 0.0
}

/// What the generator saw of itself.
public struct GeneratorFigures: Hashable, Sendable, Codable {
    public var threads = 1
    /// Requests that were due, of open models; equal to `started` for closed ones.
    public var planned = 0
    public var started = 0
    /// Due, and never sent because no transfer was free before their deadline.
    public var dropped = 0
    /// How late requests were sent, of open models.
    public var lateStart = LatencyHistogram()
    /// Processor time of all event loops together.
    @Seconds public var processorTime: Duration = .zero
    /// The largest share of a processor that one event loop used, 0…1.
    public var busiestThread = 0.0
    public var meanInFlight = 0.0
    public var connectionsOpened = 0
    /// The longest time between two rounds of an event loop.
    @Seconds public var longestPause: Duration = .zero
    /// How far the wall clock moved against the monotonic one.
    @Seconds public var wallClockDrift: Duration = .zero
    /// How long the machine slept.
    @Seconds public var suspended: Duration = .zero
}
