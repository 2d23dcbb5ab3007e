import Formats
import Foundation

/// How much more the seconds of a run differ from each other than seconds of independent samples would.
///
/// One stalled second makes a hundred slow answers that are one event, not a hundred: samples that come in clumps count for
/// less. For each percentile it is asked what share of each second's answers lies beyond the run's own figure; of
/// independent samples that share varies as a binomial one does.
struct SecondsSpread {
    /// Fewer seconds tell too little of how seconds differ.
    static let leastSeconds = 8
    private static let leastAnswers = 10

    private let seconds: [SecondSample]
    private let times: LatencyHistogram

    /// - Throws: when the run has too few seconds with answers.
    init(_ report: LoadReport, _ side: String) throws(Incomparable) {
        seconds = report.series.filter { $0.completed - $0.failed >= Self.leastAnswers && $0.p50 > 0 }
        guard seconds.count >= Self.leastSeconds else {
            throw Incomparable(
                "\(side) has \(seconds.count) seconds with \(Self.leastAnswers) answers or more, and \(Self.leastSeconds) are needed to tell chance from change"
            )
        }
        times = report.overall.responseTime
    }

    /// By how much the variance of a percentile exceeds that of independent samples; more than 1.
    ///
    /// The few seconds that it is judged by make it uncertain itself. The factor (s − 1) / (s − 5) allows for their number
    /// (Student's distribution in place of the normal one, with something to spare); where clumps show, twice the excess is
    /// taken, because clumps are fewer than samples and their number varies too. Both were set so that simulated pairs of
    /// equal runs with moody or stalled seconds are called different in fewer than one of twenty comparisons.
    func inflation(_ percentile: Double) -> Double {
        let figure = times.percentile(percentile).milliseconds
        let beyond = 1 - percentile / 100
        let shares = seconds.map { $0.share(beyond: figure) }
        let byChance = seconds.map { beyond * (1 - beyond) / Double($0.completed) }.reduce(0, +) / Double(seconds.count)
        let squares = shares.map { ($0 - beyond) * ($0 - beyond) }
        let count = Double(seconds.count)
        let excess = squares.reduce(0, +) / (count - 1) / byChance
        return (excess > 1.5 ? 2 * excess : max(1, excess)) * (count - 1) / (count - 5)
    }
}

extension SecondSample {
    /// What share of the second's answers took longer, read between the percentiles that are known of it, on a logarithmic
    /// scale; below the median the distribution is taken as symmetric.
    func share(beyond milliseconds: Double) -> Double {
        let scale = [p50, p95, p99, max(maximum, p99)].map { log(max(0.001, $0)) }
        let points = [
            (2 * scale[0] - scale[1], 0.95), (scale[0], 0.5), (scale[1], 0.05), (scale[2], 0.01), (scale[3], 0),
        ]
        let wanted = log(max(0.001, milliseconds))
        guard let last = points.last, wanted < last.0 else { return 0 }
        guard let next = points.firstIndex(where: { $0.0 > wanted }), next > 0 else { return 1 }
        let (from, to) = (points[next - 1], points[next])
        return from.1 + (to.1 - from.1) * (wanted - from.0) / (to.0 - from.0)
    }
}
