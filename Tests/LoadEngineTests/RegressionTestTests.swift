import Formats
import Foundation
import RunModel
import Testing

@testable import LoadEngine

@Suite struct RegressionTestTests {
    /// Skewed like answers of a real service: log-normal around 8 ms, one in a hundred four times slower.
    private func run(_ seed: UInt64, requests: Int = 5000, factor: Double = 1) -> LatencyHistogram {
        var generator = SeededGenerator(seed: seed)
        var histogram = LatencyHistogram()
        for _ in 0..<requests {
            let tail = generator.unit() < 0.01 ? 4.0 : 1.0
            histogram.record(.nanoseconds(Int64(8e6 * exp(0.4 * generator.normal()) * tail * factor)))
        }
        return histogram
    }

    /// The verdicts of 200 comparisons of fresh runs; gives way between them, since they are all arithmetic.
    private func verdicts(_ test: RegressionTest, from seed: UInt64, factor: Double = 1) async -> [RegressionTest
        .Verdict]
    {
        var test = test
        var verdicts: [RegressionTest.Verdict] = []
        for number in 0..<UInt64(200) {
            test.seed = number
            let current = run(seed + number * 2 + 1, factor: factor)
            verdicts.append(test.compare(current, to: run(seed + number * 2 + 2)).verdict)
            await Task.yield()
        }
        return verdicts
    }

    /// Without the floor for what matters, which could only silence more of them.
    @Test func `two equal runs are called different in at most one of twenty comparisons`() async {
        let test = RegressionTest(smallestChange: 0, smallestDifference: .zero, draws: 1000)
        let falseAlarms = await verdicts(test, from: 0).filter { $0 != .same }.count
        #expect(falseAlarms <= 10, "\(falseAlarms) of 200")
    }

    @Test func `a slow-down of 20 % is found in nineteen of twenty runs of 5,000`() async {
        let verdicts = await verdicts(RegressionTest(draws: 1000), from: 20_000, factor: 1.2)
        #expect(verdicts.filter { $0 == .slower }.count >= 190)
        #expect(!verdicts.contains(.faster))
    }

    @Test func `the mirror of slower is faster`() {
        #expect(RegressionTest().compare(run(1), to: run(2, factor: 1.2)).verdict == .faster)
    }

    @Test func `the same question has the same answer`() {
        let (current, baseline) = (run(1, factor: 1.03), run(2))
        #expect(RegressionTest().compare(current, to: baseline) == RegressionTest().compare(current, to: baseline))
    }

    @Test func `a slower tail alone is found`() {
        var current = run(1, requests: 4800)
        for _ in 0..<200 { current.record(.milliseconds(90)) }
        let result = RegressionTest().compare(current, to: run(2))
        #expect(result.verdict == .slower)
        #expect(result.endpoints.filter { $0.verdict == .slower }.map(\.percentile).contains(99))
        #expect(result.endpoints.first { $0.percentile == 50 }?.verdict == .same)
    }

    @Test func `a handful of answers is not compared`() {
        guard case .notComparable(let reason) = RegressionTest().compare(run(1, requests: 50), to: run(2)).verdict
        else {
            return #expect(Bool(false), "fifty answers were compared")
        }
        #expect(reason.contains("100"))
    }

    private func report(
        _ histogram: LatencyHistogram, executor: String = "x", change: (inout LoadReport) -> Void = { _ in }
    )
        -> LoadReport
    {
        let seconds = (0..<10).map {
            SecondSample(second: $0, completed: histogram.count / 10, p50: 8, p95: 15, p99: 25)
        }
        var report = LoadReport(["/health": histogram], seconds: seconds, executor: executor)
        change(&report)
        return report
    }

    @Test func `what differs in more than time is not compared, and says why`() {
        let baseline = report(run(1))
        let changes: [(String, LoadReport)] = [
            ("the load differs", report(run(2), executor: "y")),
            ("the requests differ", report(run(2)) { $0.requests["/live"] = LoadStatistics() }),
            ("the target differs", report(run(2)) { $0.targets = ["GET http://other.localhost/health"] }),
            ("this run cannot be trusted", report(run(2)) { $0.judgement.reasons = ["late"] }),
            ("ended early", report(run(2)) { $0.ending = .stopped("errors") }),
            ("cut short", report(run(2)) { $0.ending = .cancelled }),
            ("format", report(run(2)) { $0.format = 0 }),
            ("error rates", report(run(2)) { $0.overall.successful = 1 }),
            ("seconds with 10 answers", report(run(2)) { $0.series.removeLast(3) }),
            ("fewer than 100 answers", report(run(2, requests: 99)) { $0.series = baseline.series }),
        ]
        for (words, current) in changes {
            guard case .notComparable(let reason) = RegressionTest().compare(current, to: baseline).verdict else {
                Issue.record("compared although \(words)")
                continue
            }
            #expect(reason.contains(words))
        }
        #expect(RegressionTest().compare(report(run(2)), to: baseline).verdict == .same)
    }

    @Test func `seconds that differ more than chance weaken the evidence`() throws {
        func spread(_ p50: @escaping (Int) -> Double) throws -> SecondsSpread {
            try SecondsSpread(
                report(run(1)) { report in
                    report.series = (0..<30).map { second in
                        SecondSample(second: second, completed: 166, p50: p50(second), p95: 15, p99: 25)
                    }
                }, "this run")
        }
        #expect(try spread { 8 + 0.1 * Double($0 % 3) }.inflation(50) < 2)
        #expect(try spread { $0 % 2 == 0 ? 6 : 11 }.inflation(50) > 20)
    }

    @Test func `the share beyond a time is read between the percentiles of a second`() {
        let second = SecondSample(second: 0, completed: 100, p50: 8, p95: 16, p99: 32, maximum: 64)
        let known = [(4.0, 0.95), (8, 0.5), (16, 0.05), (32, 0.01), (64, 0), (100, 0), (1, 1)]
        for (milliseconds, share) in known {
            #expect(abs(second.share(beyond: milliseconds) - share) < 1e-9, "\(milliseconds) ms")
        }
        #expect(abs(second.share(beyond: 8 * 2.0.squareRoot()) - 0.275) < 1e-9)
        let flat = SecondSample(second: 0, completed: 100, p50: 8, p95: 8, p99: 8, maximum: 8)
        #expect(flat.share(beyond: 7.9) == 1 && flat.share(beyond: 8) == 0)
    }
}
