import Foundation

@testable import LoadEngine

/// A load run that never happened: response times drawn second by second, with what real services add to chance.
struct SimulatedRun {
    var seconds = 20
    var requestsPerSecond = 250
    /// Multiplies every time: 1.2 is a slow-down of 20 %.
    var factor = 1.0
    /// How far the level of one second is from that of the next, as the deviation of its logarithm.
    var mood = 0.0
    /// The chance of a second in which every fifth answer waits behind a stall.
    var stalls = 0.0

    func report(seed: UInt64, name: String = "/health") -> LoadReport {
        var generator = SeededGenerator(seed: seed)
        var histogram = LatencyHistogram()
        var series: [SecondSample] = []
        for second in 0..<seconds {
            let level = factor * exp(mood * generator.normal())
            let isStalled = generator.unit() < stalls
            var own: [Double] = []
            for _ in 0..<requestsPerSecond {
                let stall = isStalled && generator.unit() < 0.2 ? 400 * generator.unit() : 0
                own.append(8 * level * exp(0.4 * generator.normal()) + stall)
                histogram.record(microseconds: UInt64(own[own.count - 1] * 1000))
            }
            own.sort()
            func figure(_ share: Double) -> Double {
                own[min(own.count, Int((share * Double(own.count)).rounded(.up))) - 1]
            }
            series.append(
                SecondSample(
                    second: second, completed: requestsPerSecond, p50: figure(0.5), p95: figure(0.95),
                    p99: figure(0.99), maximum: figure(1)))
        }
        return LoadReport([name: histogram], seconds: series, executor: "simulated")
    }
}

extension LoadReport {
    /// A report of answered requests, as far as comparisons look at one.
    init(_ times: [String: LatencyHistogram], seconds: [SecondSample], executor: String) {
        let requests = times.mapValues { histogram in
            var statistics = LoadStatistics()
            statistics.completed = histogram.count
            statistics.successful = histogram.count
            statistics.responseTime = histogram
            return statistics
        }
        self.init(
            targets: times.keys.sorted().map { "GET http://api.localhost\($0)" }, executor: executor,
            startedAt: Date(timeIntervalSince1970: 0), duration: .seconds(10),
            overall: requests.values.reduce(into: LoadStatistics()) { $0.add($1) }, requests: requests, series: seconds,
            generator: GeneratorFigures(), thresholds: [], judgement: LoadJudgement(), ending: .completed)
    }
}
