import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import LoadEngine

@Suite struct CapacitySearchTests {
    /// What a target of a fixed service rate shows of a step.
    private func report(rate: Double, limit: Double) -> LoadReport {
        var statistics = LoadStatistics()
        statistics.completed = Int(rate * 5)
        statistics.successful = statistics.completed
        return LoadReport(
            targets: [], executor: "", startedAt: Date(timeIntervalSince1970: 0),
            duration: .seconds(5 * max(1, rate / limit)), overall: statistics, requests: [:], series: [],
            generator: GeneratorFigures(), thresholds: [], judgement: LoadJudgement(), ending: .completed)
    }

    @Test(arguments: [12.0, 77, 100, 333, 999])
    func `the search closes in on the limit`(limit: Double) {
        var bracket = CapacityBracket(CapacitySearch(startRate: 10, maximumRate: 2000))
        while let rate = bracket.next { bracket.take(rate, report(rate: rate, limit: limit)) }
        let result = bracket.result
        #expect(result.ending == .found)
        #expect(abs(result.capacity / limit - 1) < 0.05, "\(result.capacity) for \(limit)")
        #expect(result.steps.count < 20)
    }

    @Test func `a target beyond the maximum, or below the start, is said to be so`() {
        var strong = CapacityBracket(CapacitySearch(startRate: 10, maximumRate: 100))
        while let rate = strong.next { strong.take(rate, report(rate: rate, limit: 1e9)) }
        #expect(strong.result.ending == .beyondMaximum)
        #expect(strong.result.capacity == 100)
        var weak = CapacityBracket(CapacitySearch(startRate: 10, maximumRate: 100))
        while let rate = weak.next { weak.take(rate, report(rate: rate, limit: 5)) }
        #expect(weak.result.ending == .belowStart)
        #expect(weak.result.capacity == 0)
    }

    @Test func `a generator at its own limit ends the search without a finding`() {
        var bracket = CapacityBracket(CapacitySearch(startRate: 10, maximumRate: 100))
        while let rate = bracket.next {
            var step = report(rate: rate, limit: 30)
            step.generator.busiestThread = 0.98
            bracket.take(rate, step)
        }
        guard case .inconclusive = bracket.result.ending else {
            return #expect(Bool(false), "\(bracket.result.ending)")
        }
    }

    @Test func `a step that broke while the generator was late is tried again`() {
        var bracket = CapacityBracket(CapacitySearch(startRate: 10, maximumRate: 100))
        var step = report(rate: 10, limit: 1000)
        step.thresholds = [ThresholdResult(threshold: "max < 1s", verdict: .failed, measured: "2 s", note: "")]
        step.judgement.reasons = ["late"]
        bracket.take(10, step)
        #expect(bracket.next == 10)
        bracket.take(10, report(rate: 10, limit: 1000))
        #expect(bracket.next == 20)
    }
}
