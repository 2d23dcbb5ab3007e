import Formats

/// What must hold of a run, as data: `p95 < 2s`, `/health: error_rate < 1%`, `p99 < 500ms over 10s`.
public struct Threshold: Hashable, Sendable, CustomStringConvertible {
    /// What is measured.
    public enum Metric: Hashable, Sendable {
        /// Of the response time, 0…100.
        case percentile(Double)
        /// Of the service time: from the moment of sending.
        case servicePercentile(Double)
        case mean, minimum, maximum
        /// Failed requests of all.
        case errorRate
        case errors
        /// Answers a second.
        case rate
        case requests
    }

    public enum Comparison: String, Sendable {
        case less = "<"
        case atMost = "<="
        case more = ">"
        case atLeast = ">="

        func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .less: left < right
            case .atMost: left <= right
            case .more: left > right
            case .atLeast: left >= right
            }
        }
    }

    /// The name of one request; nil means all together.
    public var scope: String?
    public var metric: Metric
    public var comparison: Comparison
    /// Seconds for times, a share of 1 for rates of errors, per second for rates, else a count.
    public var bound: Double
    /// It must hold in every stretch of this length; nil means over the whole run.
    public var window: Duration?
    /// Ends the run when it fails after this time; nil lets the run go on.
    public var abortsAfter: Duration?

    public init(
        scope: String? = nil, metric: Metric, comparison: Comparison, bound: Double, window: Duration? = nil,
        abortsAfter: Duration? = nil
    ) {
        self.scope = scope
        self.metric = metric
        self.comparison = comparison
        self.bound = bound
        self.window = window
        self.abortsAfter = abortsAfter
    }

    public var description: String {
        var text = scope.map { "\($0): " } ?? ""
        text += "\(metric) \(comparison.rawValue) \(metric.isTime ? Threshold.timeText(bound) : metric.text(bound))"
        if let window { text += " over \(window.seconds.shortText)s" }
        return text
    }

    /// A time as the parser reads it: `2s`, `250ms`, `900us`.
    private static func timeText(_ seconds: Double) -> String {
        for (unit, factor) in [("s", 1.0), ("ms", 1e3)] where seconds * factor >= 1 {
            return "\((seconds * factor).shortText)\(unit)"
        }
        return "\((seconds * 1e6).shortText)us"
    }
}

extension Threshold.Metric: CustomStringConvertible {
    public var description: String {
        switch self {
        case .percentile(let value): "p\(value.shortText)"
        case .servicePercentile(let value): "service_p\(value.shortText)"
        case .mean: "mean"
        case .minimum: "min"
        case .maximum: "max"
        case .errorRate: "error_rate"
        case .errors: "errors"
        case .rate: "rate"
        case .requests: "requests"
        }
    }

    var isTime: Bool {
        switch self {
        case .percentile, .servicePercentile, .mean, .minimum, .maximum: true
        case .errorRate, .errors, .rate, .requests: false
        }
    }

    /// A figure of this metric with its unit.
    public func text(_ value: Double) -> String {
        switch self {
        case .errorRate: "\((value * 100).shortText)%"
        case .rate: "\(value.shortText)/s"
        case .errors, .requests: value.shortText
        default: Duration.seconds(clamping: value).readable
        }
    }

    /// How many samples a figure needs before it says anything: ten beyond a percentile (p99 needs 1,000).
    func sampleFloor(_ limits: JudgementLimits) -> Int {
        switch self {
        case .percentile(let value), .servicePercentile(let value):
            value >= 100 ? 1 : Int(clamping: (Double(limits.samplesBeyondPercentile) / (1 - value / 100)).rounded(.up))
        default: 1
        }
    }
}

/// How one threshold came out.
public struct ThresholdResult: Hashable, Sendable, Codable {
    public enum Verdict: String, Sendable, Codable { case met, failed, inconclusive }

    public var threshold: String
    public var verdict: Verdict
    /// The measured figure with its unit, empty when there was none.
    public var measured: String
    /// Why it is inconclusive, or in which window it failed.
    public var note: String
}
