import Formats
import RunModel
import Testing

@testable import LoadEngine

@Suite struct ThresholdTests {
    @Test(arguments: [
        ("p95 < 2s", Threshold(metric: .percentile(95), comparison: .less, bound: 2)),
        ("p99.9<=250ms", Threshold(metric: .percentile(99.9), comparison: .atMost, bound: 0.25)),
        ("avg < 900us", Threshold(metric: .mean, comparison: .less, bound: 0.0009)),
        ("error_rate < 1%", Threshold(metric: .errorRate, comparison: .less, bound: 0.01)),
        ("error_rate <= 0.05", Threshold(metric: .errorRate, comparison: .atMost, bound: 0.05)),
        ("rate > 10/s", Threshold(metric: .rate, comparison: .more, bound: 10)),
        ("requests >= 180", Threshold(metric: .requests, comparison: .atLeast, bound: 180)),
        ("/health: p95 < 2s", Threshold(scope: "/health", metric: .percentile(95), comparison: .less, bound: 2)),
        ("a:b : max < 1m", Threshold(scope: "a:b", metric: .maximum, comparison: .less, bound: 60)),
        (
            "error_rate < 2% over 10s",
            Threshold(metric: .errorRate, comparison: .less, bound: 0.02, window: .seconds(10))
        ),
        ("service_p50 < 5ms", Threshold(metric: .servicePercentile(50), comparison: .less, bound: 0.005)),
    ])
    func `thresholds are read`(text: String, expected: Threshold) throws {
        let threshold = try Threshold(parsing: text)
        #expect(threshold == expected)
        #expect(try Threshold(parsing: threshold.description) == expected)
    }

    @Test(arguments: [
        "", "p95", "p95 = 2s", "p95 < ", "p95 < 2", "p95 < 2 parsecs", "p0 < 1s", "p100 < 1s", "p-5 < 1s", "speed > 1",
        "rate > fast", "error_rate < 1/s", ": p95 < 1s", "p95 < 1s over 0s", "p95 < 1s over 1.5s", "p95 < 1s over",
        "p95 < nans", "rate > inf", "rate > -1/s", "service_p95 < 1s over 10s", "<", "p95 < 1e400s",
    ])
    func `what is no threshold is refused with the reason and an example`(text: String) {
        do throws(ThresholdError) {
            let threshold = try Threshold(parsing: text)
            Issue.record("'\(text)' was read as \(threshold)")
        } catch {
            #expect(error.description.hasPrefix("threshold '\(text)': "))
            #expect(error.description.contains("p95 < 2s"))
        }
    }

    private func sample(_ milliseconds: [Int], failed: Int = 0, seconds: Int = 10) -> Threshold.Sample {
        var statistics = LoadStatistics()
        statistics.completed = milliseconds.count + failed
        statistics.successful = milliseconds.count
        statistics.errors = failed > 0 ? ["connection-refused": failed] : [:]
        for value in milliseconds { statistics.responseTime.record(.milliseconds(value)) }
        return .init(statistics: statistics, duration: .seconds(seconds))
    }

    private func verdict(_ text: String, _ sample: Threshold.Sample) throws -> ThresholdResult.Verdict {
        try Threshold(parsing: text).result(sample, limits: JudgementLimits()).verdict
    }

    @Test func `no samples are inconclusive for every metric`() throws {
        for text in ["p95 < 2s", "error_rate < 1%", "rate > 10/s", "rate < 10/s", "errors < 1", "requests > 0"] {
            #expect(try verdict(text, sample([])) == .inconclusive)
        }
    }

    @Test func `a percentile needs ten samples beyond it`() throws {
        #expect(try verdict("p99 < 1s", sample(Array(repeating: 5, count: 999))) == .inconclusive)
        #expect(try verdict("p99 < 1s", sample(Array(repeating: 5, count: 1000))) == .met)
        #expect(try verdict("p95 < 1s", sample(Array(repeating: 5, count: 200))) == .met)
        #expect(try verdict("p95 < 1s", sample(Array(repeating: 5, count: 199))) == .inconclusive)
    }

    @Test func `times are inconclusive when nothing was answered, while errors fail`() throws {
        let dead = sample([], failed: 500)
        #expect(try verdict("p50 < 1s", dead) == .inconclusive)
        #expect(try verdict("error_rate < 1%", dead) == .failed)
    }

    @Test func `figures are compared with their bounds`() throws {
        let run = sample(Array(repeating: 100, count: 900) + Array(repeating: 900, count: 100), failed: 10)
        #expect(try verdict("p50 < 101ms", run) == .met)
        #expect(try verdict("p95 < 500ms", run) == .failed)
        #expect(try verdict("max <= 900ms", run) == .met)
        #expect(try verdict("rate > 100/s", run) == .met)
        #expect(try verdict("rate > 101.5/s", run) == .failed)
        #expect(try verdict("error_rate < 1%", run) == .met)
        #expect(try verdict("error_rate < 0.9%", run) == .failed)
        #expect(try verdict("errors <= 10", run) == .met)
    }

    @Test func `a window fails in the seconds in which it does not hold`() throws {
        var windowed = try #require(WindowedThreshold(try Threshold(parsing: "error_rate < 10% over 3s")))
        for second in 0..<10 {
            let statistics = sample(Array(repeating: 5, count: 100), failed: second == 6 ? 50 : 0).statistics
            windowed.take(statistics, second: second, limits: JudgementLimits())
        }
        #expect(windowed.result.verdict == .failed)
        #expect(windowed.result.note == "seconds 4–6")
        #expect(try verdict("error_rate < 10%", sample(Array(repeating: 5, count: 1000), failed: 50)) == .met)
    }

    @Test func `a run shorter than the window is inconclusive`() throws {
        var windowed = try #require(WindowedThreshold(try Threshold(parsing: "rate > 1/s over 5s")))
        for second in 0..<4 { windowed.take(sample([1, 2, 3]).statistics, second: second, limits: JudgementLimits()) }
        #expect(windowed.result.verdict == .inconclusive)
    }
}
