import Foundation
import RunModel

/// Says whether a load run is slower or faster than an earlier one, or the same, or not to be compared.
///
/// For every request name and every quantile the logarithm of the ratio is tested with a bootstrap of the quantile
/// (``QuantileBootstrap``), seeded, so that the answer is the same whenever it is asked. Neighbouring requests are alike, so
/// samples count for less by as much as seconds differ more than chance would have it. Holm's correction keeps all
/// endpoints together under one error rate. A difference that is certain but too small to matter is "same".
public struct RegressionTest: Hashable, Sendable, Codable {
    /// Changes with the method; results of other versions are never compared.
    public static let version = 1

    /// The chance of calling two equal runs different, over all endpoints together.
    public var errorRate: Double
    /// The smallest relative change that is worth a word.
    public var smallestChange: Double
    /// And the smallest in absolute terms.
    @Seconds public var smallestDifference: Duration
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
        /// What a reader should know, such as a change of the error rate.
        public var notes: [String]
    }

    /// Compares two runs as a whole.
    public func compare(_ current: LoadReport, to baseline: LoadReport) -> Result {
        if let reason = Self.obstacle(current, baseline) {
            return Result(method: Self.version, verdict: .notComparable(reason), endpoints: [], notes: [])
        }
        let inflation = (Self.inflation(baseline), Self.inflation(current))
        var pairs: [Pair] = []
        for name in current.requests.keys.sorted() {
            guard let now = current.requests[name], let before = baseline.requests[name] else { continue }
            pairs.append(
                Pair(name: name, baseline: before.responseTime, current: now.responseTime, inflation: inflation))
        }
        var result = compare(pairs)
        if let note = Self.errorNote(current, baseline) { result.notes.append(note) }
        return result
    }

    /// Compares two histograms whose samples are independent.
    public func compare(_ current: LatencyHistogram, to baseline: LatencyHistogram, name: String = "") -> Result {
        compare([Pair(name: name, baseline: baseline, current: current, inflation: (1, 1))])
    }

    private struct Pair {
        var name: String
        var baseline: LatencyHistogram
        var current: LatencyHistogram
        var inflation: (baseline: Double, current: Double)
    }

    private func compare(_ pairs: [Pair]) -> Result {
        var endpoints: [Endpoint] = []
        var generator = SeededGenerator(seed: seed)
        for pair in pairs {
            for percentile in quantiles(min(pair.baseline.count, pair.current.count)) {
                endpoints.append(endpoint(pair, percentile, &generator))
            }
        }
        guard !endpoints.isEmpty else {
            let reason = "fewer than \(sampleFloor) answers on one of the sides"
            return Result(method: Self.version, verdict: .notComparable(reason), endpoints: [], notes: [])
        }
        correct(&endpoints)
        let verdicts = endpoints.map(\.verdict)
        let verdict: Verdict = verdicts.contains(.slower) ? .slower : verdicts.contains(.faster) ? .faster : .same
        return Result(method: Self.version, verdict: verdict, endpoints: endpoints, notes: [])
    }

    /// Only quantiles with at least ten samples beyond them say anything.
    private func quantiles(_ samples: Int) -> [Double] {
        guard samples >= sampleFloor else { return [] }
        return [50, 95, 99].filter { Double(samples) * (1 - $0 / 100) >= 10 - 1e-9 }
    }

    private func endpoint(_ pair: Pair, _ percentile: Double, _ generator: inout SeededGenerator) -> Endpoint {
        let before = QuantileBootstrap(pair.baseline, inflation: pair.inflation.baseline)
        let now = QuantileBootstrap(pair.current, inflation: pair.inflation.current)
        let share = percentile / 100
        let observed = now.logarithm(at: share) - before.logarithm(at: share)
        var asFar = 0
        for _ in 0..<draws {
            let drawn = now.draw(share, &generator) - before.draw(share, &generator)
            // Had there been no difference, chance alone would have moved the ratio by this much.
            if abs(drawn - observed) >= abs(observed) { asFar += 1 }
        }
        return Endpoint(
            request: pair.name, percentile: percentile,
            baseline: .nanoseconds(Int64(exp(before.logarithm(at: share)) * 1000)),
            current: .nanoseconds(Int64(exp(now.logarithm(at: share)) * 1000)),
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

extension RegressionTest {
    /// Why two runs must not be compared, nil when they may.
    private static func obstacle(_ current: LoadReport, _ baseline: LoadReport) -> String? {
        if current.format != baseline.format {
            return "the baseline was written in format \(baseline.format), this run in format \(current.format)"
        }
        if current.executor != baseline.executor {
            return "the load differs: \(baseline.executor) then, \(current.executor) now"
        }
        let names = (Set(baseline.requests.keys), Set(current.requests.keys))
        if names.0 != names.1 {
            return "the requests differ: \(names.0.symmetricDifference(names.1).sorted().joined(separator: ", "))"
        }
        if let reason = baseline.judgement.reasons.first { return "the baseline cannot be trusted: \(reason)" }
        if let reason = current.judgement.reasons.first { return "this run cannot be trusted: \(reason)" }
        if abs(current.overall.errorRate - baseline.overall.errorRate) > 0.1 {
            return "the error rates are too far apart (\(rates(current, baseline))): other requests were answered"
        }
        return nil
    }

    private static func rates(_ current: LoadReport, _ baseline: LoadReport) -> String {
        func percent(_ report: LoadReport) -> String { "\((report.overall.errorRate * 100).shortText) %" }
        return "\(percent(baseline)) then, \(percent(current)) now"
    }

    private static func errorNote(_ current: LoadReport, _ baseline: LoadReport) -> String? {
        abs(current.overall.errorRate - baseline.overall.errorRate) < 0.01
            ? nil : "the error rate changed: \(rates(current, baseline))"
    }

    /// How much more the medians of the seconds spread than those of independent samples would: 1 or more.
    ///
    /// The standard error of a median of n samples is about 1.25 standard deviations of their middle half's normal / √n.
    static func inflation(_ report: LoadReport) -> Double {
        let seconds = report.series.filter { $0.completed >= 10 && $0.p50 > 0 }
        guard seconds.count >= 5 else { return 1 }
        let medians = seconds.map { log($0.p50) }
        let mean = medians.reduce(0, +) / Double(medians.count)
        let observed = medians.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(medians.count - 1)
        let times = report.overall.responseTime
        let quartiles = (times.percentile(25).seconds, times.percentile(75).seconds)
        guard quartiles.0 > 0 else { return 1 }
        // 1.349 deviations lie between the quartiles of a normal distribution; π/2 is the price of a median.
        let deviation = max(0.001, log(quartiles.1 / quartiles.0) / 1.349)
        let samples = Double(seconds.map(\.completed).reduce(0, +)) / Double(seconds.count)
        return max(1, observed / (deviation * deviation * .pi / 2 / samples))
    }
}
