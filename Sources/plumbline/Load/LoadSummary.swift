import Formats
import Foundation
import Job
import LoadEngine

/// A run as plain text: figures, a picture of the distribution, thresholds, and what the generator thinks of itself.
enum LoadSummary {
    static func text(_ report: LoadReport) -> String {
        var parts = [head(report), table(report)]
        if !report.overall.responseTime.isEmpty { parts.append(picture(report.overall.responseTime)) }
        if !report.overall.errors.isEmpty { parts.append(errors(report.overall)) }
        if !report.thresholds.isEmpty { parts.append(thresholds(report)) }
        parts.append(judgement(report))
        return parts.joined(separator: "\n")
    }

    private static func head(_ report: LoadReport) -> String {
        let ending: String
        switch report.ending {
        case .completed: ending = ""
        case .budget(let reason): ending = ", ended by its budget: \(reason)"
        case .stopped(let reason): ending = ", stopped: \(reason)"
        case .cancelled: ending = ", cancelled"
        }
        return TerminalText.safe(report.targets.joined(separator: ", ")) + "\n"
            + TerminalText.safe("\(report.executor); ran \(report.duration.readable)\(ending)") + "\n"
            + TerminalText.safe(
                [report.transportText, report.connectionsText].compactMap { $0 }.joined(separator: "; "))
            + "\n"
    }

    private static func table(_ report: LoadReport) -> String {
        var table = TextTable([
            "request", "count", "per s", "errors", "mean", "p50", "p95", "p99", "max", "service p99",
        ])
        func row(_ name: String, _ figures: LoadStatistics) -> [String] {
            let times = figures.responseTime
            let durations = [
                times.mean, times.percentile(50), times.percentile(95), times.percentile(99), times.maximum,
                figures.serviceTime.percentile(99),
            ]
            return [
                name, "\(figures.completed)",
                String(format: "%.1f", Double(figures.completed) / report.duration.seconds),
                String(format: "%.2f %%", figures.errorRate * 100),
            ] + durations.map { times.isEmpty ? "–" : $0.readable }
        }
        if report.requests.count > 1 {
            for name in report.requests.keys.sorted() { report.requests[name].map { table.add(row(name, $0)) } }
        }
        table.add(row("all", report.overall))
        return table.text
    }

    /// A line for each doubling of the time, as long as its share.
    private static func picture(_ times: LatencyHistogram) -> String {
        var text = ""
        for stretch in times.doublings {
            let bar = String(repeating: "█", count: max(0, Int(clamping: (stretch.share * 50).rounded())))
            let label = ("≤ " + stretch.upTo.readable).padding(to: 12)
            text += "  \(label)\(bar)\(bar.isEmpty ? "" : " ")\(String(format: "%.2f %%", stretch.share * 100))\n"
        }
        return text
    }

    private static func errors(_ statistics: LoadStatistics) -> String {
        var table = TextTable(["error", "count"])
        for (kind, count) in statistics.errors.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            table.add([kind, "\(count)"])
        }
        return table.text
    }

    private static func thresholds(_ report: LoadReport) -> String {
        var table = TextTable(["threshold", "result", "measured"])
        for result in report.thresholds {
            table.add([
                result.threshold, result.verdict.rawValue,
                [result.measured, result.note].filter { !$0.isEmpty }.joined(separator: ", "),
            ])
        }
        return table.text
    }

    private static func judgement(_ report: LoadReport) -> String {
        let generator = report.generator
        var lines = [String(format: "generator: %.0f %% of a processor", generator.busiestThread * 100)]
        if generator.lateStart.count > 0 {
            lines[0] +=
                ", \(generator.started) of \(generator.planned) planned starts, 99 % at most "
                + "\(generator.lateStart.percentile(99).readable) late"
        }
        lines += report.judgement.notes.map { "note: \($0)" }
        lines += report.judgement.reasons.map { "not to be trusted: \($0)" }
        lines.append("verdict: \(report.verdict.rawValue)")
        return lines.map { TerminalText.safe($0) + "\n" }.joined()
    }
}

/// A capacity search as plain text.
enum CapacityText {
    static func text(_ result: CapacitySearch.Result) -> String {
        var table = TextTable(["rate", "held", "answered", "p99", "errors", "why not"])
        for step in result.steps {
            table.add([
                String(format: "%.1f/s", step.rate), step.held ? "yes" : "no", String(format: "%.1f/s", step.achieved),
                step.p99.readable, String(format: "%.2f %%", step.errorRate * 100), step.reason,
            ])
        }
        let capacity = String(format: "%.1f/s", result.capacity)
        let conclusion: String
        switch result.ending {
        case .found: conclusion = "capacity: \(capacity); above it \(result.limitedBy)"
        case .beyondMaximum: conclusion = "capacity: more than \(capacity), the highest rate that was allowed"
        case .belowStart: conclusion = "capacity: below the first rate; \(result.limitedBy)"
        case .inconclusive(let reason): conclusion = "inconclusive, at least \(capacity): \(reason)"
        }
        return table.text + "\n" + TerminalText.safe(conclusion) + "\n"
    }
}
