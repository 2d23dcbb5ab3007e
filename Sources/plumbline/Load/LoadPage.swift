import Formats
import Foundation
import LoadEngine

/// A run as one HTML page without scripts or outside parts. Everything that comes from outside is escaped.
enum LoadPage {
    static func html(_ report: LoadReport) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>Load report</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <style>
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em; color: #1d2733 }
        table { border-collapse: collapse; margin: 1em 0 } th, td { padding: .25em .8em; text-align: left; border-bottom: 1px solid #d5dbe1 }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } .met { color: #17692f } .failed { color: #a3151f } .inconclusive { color: #8a5a00 }
        svg { width: 100%; height: 160px; background: #f6f8fa; display: block } .bar { display: inline-block; height: .9em; background: #2f6fb0; min-width: 1px } .key::before { content: ""; display: inline-block; width: .8em; height: .8em; margin: 0 .4em 0 1em; background: currentColor } td.bars { width: 60% } h2 { margin-top: 1.6em; font-size: 1.1em }
        @media (prefers-color-scheme: dark) { body { background: #14181d; color: #dfe5ea } svg { background: #1d242b } th, td { border-color: #333c45 } .met { color: #66d38a } .failed { color: #ff8a8f } .inconclusive { color: #f0b95a } }
        </style></head><body>
        <h1>Load: <span class="\(report.verdict.rawValue)">\(report.verdict.rawValue)</span></h1>
        <p>\(escaped(report.targets.joined(separator: ", ")))<br>\(escaped(report.executor)); began \(Timestamp.text(report.startedAt)), ran \(report.duration.readable)<br>\(escaped([report.transportText, report.connectionsText].compactMap { $0 }.joined(separator: "; ")))</p>
        \(list(report.judgement.reasons.map { "Not to be trusted: " + $0 } + report.judgement.notes))
        \(figures(report))
        \(thresholds(report))
        \(LoadCharts.distribution(report.overall.responseTime))
        \(LoadCharts.lines("Response time by second, ms", [("p50", report.series.map(\.p50)), ("p95", report.series.map(\.p95)), ("p99", report.series.map(\.p99))]))
        \(LoadCharts.lines("Answers a second", [("all", report.series.map { Double($0.completed) }), ("failed", report.series.map { Double($0.failed) })]))
        \(LoadCharts.lines("In flight", [("mean of the second", report.series.map(\.inFlight))]))
        \(generator(report))
        \(errors(report.overall))
        </body></html>

        """
    }

    private static func figures(_ report: LoadReport) -> String {
        let names = report.requests.keys.sorted().map { ($0, report.requests[$0] ?? LoadStatistics()) }
        let rows = (names.count > 1 ? names : []) + [("all", report.overall)]
        let head = ["count", "per second", "errors", "mean", "p50", "p95", "p99", "p99.9", "max", "service p99"]
        return "<h2>Figures</h2><table><tr><th>request</th>\(head.map { "<th class=n>\($0)</th>" }.joined())</tr>"
            + rows.map { name, statistics in row(name, statistics, report.duration) }.joined() + "</table>"
    }

    private static func row(_ name: String, _ statistics: LoadStatistics, _ duration: Duration) -> String {
        let times = statistics.responseTime
        let cells =
            [
                "\(statistics.completed)", String(format: "%.1f", Double(statistics.completed) / duration.seconds),
                String(format: "%.2f %%", statistics.errorRate * 100), times.mean.readable,
            ] + [50, 95, 99, 99.9].map { times.percentile($0).readable }
            + [times.maximum.readable, statistics.serviceTime.percentile(99).readable]
        return "<tr><td>\(escaped(name))</td>\(cells.map { "<td class=n>\($0)</td>" }.joined())</tr>"
    }

    private static func thresholds(_ report: LoadReport) -> String {
        guard !report.thresholds.isEmpty else { return "" }
        return "<h2>Thresholds</h2><table>"
            + report.thresholds.map { result in
                "<tr><td>\(escaped(result.threshold))</td><td class=\"\(result.verdict.rawValue)\">\(result.verdict.rawValue)</td>"
                    + "<td>\(escaped(result.measured))</td><td>\(escaped(result.note))</td></tr>"
            }.joined() + "</table>"
    }

    private static func errors(_ statistics: LoadStatistics) -> String {
        guard !statistics.errors.isEmpty else { return "" }
        return "<h2>Errors</h2><table>"
            + statistics.errors.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "<tr><td>\(escaped($0.key))</td><td class=n>\($0.value)</td></tr>" }.joined() + "</table>"
    }

    private static func list(_ items: [String]) -> String {
        items.isEmpty ? "" : "<ul>" + items.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>"
    }

    /// What the generator saw of itself: the reader must be able to doubt the figures.
    private static func generator(_ report: LoadReport) -> String {
        let figures = report.generator
        var rows = [
            ("threads", "\(figures.threads)"),
            ("processor of the busiest", String(format: "%.0f %%", figures.busiestThread * 100)),
            ("mean in flight", String(format: "%.2f", figures.meanInFlight)),
            ("longest pause of a loop", figures.longestPause.readable),
        ]
        if !figures.lateStart.isEmpty {
            rows.insert(("planned starts that happened", "\(figures.started) of \(figures.planned)"), at: 1)
            rows.insert(("99 % started at most so late", figures.lateStart.percentile(99).readable), at: 2)
        }
        return "<h2>The generator</h2><table>"
            + rows.map { "<tr><td>\(escaped($0.0))</td><td class=n>\(escaped($0.1))</td></tr>" }.joined() + "</table>"
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
