import Formats
import Foundation

/// Says whether a load run is slower or faster than an earlier one, or the same, or not to be compared.
///
/// For every request name and every quantile the logarithm of the ratio is tested with a bootstrap of the quantile
/// (``QuantileBootstrap``), seeded, so that the answer is the same whenever it is asked. Neighbouring requests are alike, so
/// samples count for less by as much as seconds differ more than chance would have it (``SecondsSpread``). Holm's correction
/// keeps all endpoints together under one error rate. A difference that is certain but too small to matter is "same".
public struct RegressionTest: Hashable, Sendable, Codable {
    /// Changes with the method; results of other versions are never compared.
    public static let version = 2

    /// The chance of calling two equal runs different, over all endpoints together.
    public var errorRate: Double
    /// The smallest relative change that is worth a word.
    public var smallestChange: Double
    /// And the smallest in absolute terms.
    @Seconds public var smallestDifference: Duration
    /// Of each quantile, at least.
    public var draws: Int
    public var seed: UInt64
    /// Each endpoint needs this many samples on both sides.
    public var sampleFloor: Int

    public init(
        errorRate: Double = 0.05, smallestChange: Double = 0.05, smallestDifference: Duration = .microseconds(100),
        draws: Int = 4000, seed: UInt64 = 1, sampleFloor: Int = 100
    ) {
        self.errorRate = errorRate
        self.smallestChange = smallestChange
        self._smallestDifference = Seconds(wrappedValue: smallestDifference)
        self.draws = draws
        self.seed = seed
        self.sampleFloor = sampleFloor
    }

    public enum Verdict: Hashable, Sendable, Codable {
        case slower, faster, same
        case notComparable(String)

        /// `slower`, `faster`, `same` or `not comparable`.
        public var word: String {
            switch self {
            case .slower: "slower"
            case .faster: "faster"
            case .same: "same"
            case .notComparable: "not comparable"
            }
        }
    }

    /// One quantile of one request.
    public struct Endpoint: Hashable, Sendable, Codable {
        public var request: String
        /// 0…100.
        public var percentile: Double
        @Seconds public var baseline: Duration
        @Seconds public var current: Duration
        /// After Holm's correction.
        public var probability: Double
        public var verdict: Verdict

        /// 0.2 is 20 % slower.
        public var change: Double {
            baseline > .zero ? current.seconds / baseline.seconds - 1 : 0
        }
    }

    public struct Result: Hashable, Sendable, Codable {
        public var method: Int
        public var verdict: Verdict
        public var endpoints: [Endpoint]
        /// Loads that could not be compared.
        public var notCompared: [Obstacle]
        /// What a reader should know, such as a change of the error rate.
        public var notes: [String]

        static func notComparable(_ reason: String) -> Result {
            Result(
                method: RegressionTest.version, verdict: .notComparable(reason), endpoints: [], notCompared: [],
                notes: [])
        }
    }

    /// A load that could not be compared, and why.
    public struct Obstacle: Hashable, Sendable, Codable {
        public var load: String
        public var reason: String
    }

    /// Compares two runs as a whole.
    public func compare(_ current: LoadReport, to baseline: LoadReport) -> Result {
        do throws(Incomparable) {
            var result = judge(try pairs(current, baseline))
            if let note = Self.errorNote(current, baseline) { result.notes.append(note) }
            return result
        } catch {
            return .notComparable(error.reason)
        }
    }

    /// Compares two histograms whose samples are independent.
    public func compare(_ current: LatencyHistogram, to baseline: LatencyHistogram, name: String = "") -> Result {
        judge([Pair(name: name, baseline: baseline, current: current, inflation: { _ in 1 })])
    }

    /// One endpoint on both sides.
    struct Pair {
        var name: String
        var baseline: LatencyHistogram
        var current: LatencyHistogram
        /// By percentile, for how much less than an independent one a sample counts.
        var inflation: (Double) -> Double
    }

    func judge(_ pairs: [Pair]) -> Result {
        var generator = SeededGenerator(seed: seed)
        let questions = pairs.flatMap { pair in
            let times = (QuantileBootstrap(pair.baseline), QuantileBootstrap(pair.current))
            return quantiles(min(pair.baseline.count, pair.current.count)).map { (pair, times, $0) }
        }
        // The smallest probability that draws can show must be able to beat Holm's correction.
        let draws = max(draws, Int(clamping: 4 * Double(questions.count) / errorRate))
        var endpoints = questions.map { endpoint($0.0, $0.1, $0.2, draws, &generator) }
        guard !endpoints.isEmpty else {
            return .notComparable("fewer than \(sampleFloor) answers on one of the sides")
        }
        correct(&endpoints)
        let verdicts = endpoints.map(\.verdict)
        let verdict: Verdict = verdicts.contains(.slower) ? .slower : verdicts.contains(.faster) ? .faster : .same
        return Result(method: Self.version, verdict: verdict, endpoints: endpoints, notCompared: [], notes: [])
    }

    /// Independent samples that must lie beyond a quantile.
    private static let leastBeyond = 6.0

    /// Only quantiles with at least ten samples beyond them say anything.
    private func quantiles(_ samples: Int) -> [Double] {
        guard samples >= sampleFloor else { return [] }
        return [50, 95, 99].filter { Double(samples) * (1 - $0 / 100) >= 10 - 1e-9 }
    }

    private func endpoint(
        _ pair: Pair, _ times: (before: QuantileBootstrap, now: QuantileBootstrap), _ percentile: Double,
        _ draws: Int, _ generator: inout SeededGenerator
    ) -> Endpoint {
        let inflation = pair.inflation(percentile)
        let (before, now) = times
        let worth = (before.count / inflation, now.count / inflation)
        let share = percentile / 100
        let observed = now.logarithm(at: share) - before.logarithm(at: share)
        // Too few independent samples beyond it say nothing; it still counts among the questions asked.
        let isJudged = min(worth.0, worth.1) * (1 - share) >= Self.leastBeyond
        var asFar = isJudged ? 0 : draws
        for _ in 0..<(isJudged ? draws : 0) {
            let drawn = now.draw(share, of: worth.1, &generator) - before.draw(share, of: worth.0, &generator)
            // Had there been no difference, chance alone would have moved the ratio by this much.
            if abs(drawn - observed) >= abs(observed) { asFar += 1 }
        }
        return Endpoint(
            request: pair.name, percentile: percentile,
            baseline: .nanoseconds(clamping: exp(before.logarithm(at: share)) * 1000),
            current: .nanoseconds(clamping: exp(now.logarithm(at: share)) * 1000),
            probability: Double(asFar + 1) / Double(draws + 1), verdict: .same)
    }

    /// Holm: the smallest probability must beat the whole correction, the next one a share less, and so on.
    private func correct(_ endpoints: inout [Endpoint]) {
        let order = endpoints.indices.sorted { endpoints[$0].probability < endpoints[$1].probability }
        var largest = 0.0
        for (rank, index) in order.enumerated() {
            largest = max(largest, min(1, endpoints[index].probability * Double(endpoints.count - rank)))
            endpoints[index].probability = largest
            let difference = endpoints[index].current - endpoints[index].baseline
            let matters =
                abs(endpoints[index].change) >= smallestChange
                && max(difference, .zero - difference) >= smallestDifference
            if largest < errorRate && matters { endpoints[index].verdict = difference > .zero ? .slower : .faster }
        }
    }
}
