import Formats
import Foundation
import Testing

@testable import LoadEngine

@Suite struct LoadJudgementTests {
    /// A run that is fine in every respect: 2,000 answers of 10 ms in 10 s.
    private func fineReport() -> LoadReport {
        var statistics = LoadStatistics()
        statistics.completed = 2000
        statistics.successful = 2000
        statistics.statuses = [200: 2000]
        for _ in 0..<2000 {
            statistics.responseTime.record(.milliseconds(10))
            statistics.serviceTime.record(.milliseconds(10))
        }
        var generator = GeneratorFigures()
        generator.planned = 2000
        generator.started = 2000
        for _ in 0..<2000 { generator.lateStart.record(.microseconds(50)) }
        generator.busiestThread = 0.1
        generator.meanInFlight = 2
        return LoadReport(
            targets: [], executor: "", startedAt: Date(timeIntervalSince1970: 0), duration: .seconds(10),
            overall: statistics, requests: [:], series: [], generator: generator, thresholds: [],
            judgement: LoadJudgement(), ending: .completed)
    }

    private func reasons(isOpen: Bool = true, _ change: (inout LoadReport) -> Void) -> [String] {
        var report = fineReport()
        change(&report)
        return LoadJudgement.of(report, isOpen: isOpen, limits: JudgementLimits()).reasons
    }

    @Test func `a run that kept its plan is valid`() {
        #expect(reasons { _ in }.isEmpty)
    }

    @Test func `each way to lose the plan is a reason of its own`() {
        let changes: [(String, (inout LoadReport) -> Void)] = [
            ("late", { report in for _ in 0..<100 { report.generator.lateStart.record(.milliseconds(30)) } }),
            ("never sent", { $0.generator.dropped = 1 }),
            ("of the planned", { $0.generator.started = 1900 }),
            ("stood still", { $0.generator.longestPause = .seconds(3) }),
            ("slept", { $0.generator.suspended = .seconds(5) }),
            ("Little", { $0.generator.meanInFlight = 5 }),
            ("processor", { $0.generator.busiestThread = 0.97 }),
            ("no samples", { $0.overall = LoadStatistics() }),
        ]
        for (word, change) in changes {
            let reasons = reasons(change)
            #expect(reasons.count == 1 && reasons[0].contains(word), "\(word): \(reasons)")
        }
    }

    @Test func `lateness that is small beside the answers does not matter`() {
        #expect(
            reasons { report in
                for _ in 0..<2000 {
                    report.overall.responseTime.record(.seconds(2))
                    report.generator.lateStart.record(.milliseconds(30))
                }
            }.isEmpty)
    }

    @Test func `a busy generator of workers is a note, until it would blame the target`() {
        #expect(reasons(isOpen: false) { $0.generator.busiestThread = 0.97 }.isEmpty)
        let blamed = reasons(isOpen: false) { report in
            report.generator.busiestThread = 0.97
            report.thresholds = [ThresholdResult(threshold: "", verdict: .failed, measured: "", note: "")]
        }
        #expect(blamed.count == 1)
    }

    @Test func `a failed threshold of a run that cannot be trusted is inconclusive`() {
        var report = fineReport()
        report.thresholds = [ThresholdResult(threshold: "", verdict: .failed, measured: "", note: "")]
        #expect(report.verdict == .failed)
        report.judgement.reasons = ["late"]
        #expect(report.verdict == .inconclusive)
    }

    @Test func `a run that was stopped early is not blamed for the starts it left out`() {
        #expect(
            reasons { report in
                report.generator.started = 1000
                report.ending = .stopped("error rate")
            }.isEmpty)
    }
}
