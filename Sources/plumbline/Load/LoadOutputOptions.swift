import ArgumentParser
import Formats
import Foundation
import Glibc
import LoadEngine
import Processes
import Secrets

/// Where the figures go.
struct LoadOutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print the report as JSON.")
    var json = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write the response times for HdrHistogram's tools: its log where the name ends in .hlog, else its percentile table.",
            valueName: "file"))
    var hdr: String?

    @Option(name: .long, help: ArgumentHelp("Write a page that needs nothing else.", valueName: "report.html"))
    var out: String?

    @Option(
        name: .long, help: ArgumentHelp("How progress shows on stderr: auto, bar, plain or none.", valueName: "style"))
    var progress: ProgressStyle = .auto

    func display(_ plan: LoadPlan) -> LoadDisplay {
        let environment = LaunchEnvironment.variables
        let style: LoadDisplay.Style
        switch progress {
        case .none: style = .none
        case .plain: style = .lines
        case .bar: style = .live
        case .auto:
            style =
                isatty(STDERR_FILENO) == 1 && environment["CI"] == nil && environment["TERM"] != "dumb" ? .live : .lines
        }
        return LoadDisplay(style)
    }

    func write(_ report: LoadReport) throws {
        if let hdr {
            let isLog = hdr.hasSuffix(".hlog")
            try save(
                isLog ? HistogramLog(report).text : report.overall.responseTime.percentileDistribution, to: hdr)
        }
        if let out { try save(LoadPage.html(report), to: out) }
        if json {
            try StandardOutput.write(json: report)
        } else {
            StandardOutput.write("\(LoadSummary.text(report))")
        }
    }

    private func save(_ text: String, to path: String) throws {
        let content = Redactor.current.redact(text, for: .files)
        do {
            try Data(content.text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure.usage("‘\(path)’ cannot be written: \(error.localizedDescription)")
        }
    }
}

/// Shows a run once a second: one line that changes on a terminal, one line each in a pipeline.
struct LoadDisplay: Sendable {
    enum Style { case live, lines, none }

    private let style: Style

    init(_ style: Style) { self.style = style }

    var show: @Sendable (LoadProgress) -> Void {
        { [style] progress in
            switch style {
            case .none: return
            case .live: StandardError.steer("\r\u{1B}[2K\(TerminalText.safe(LoadDisplay.line(progress)))")
            case .lines: StandardError.write("\(LoadDisplay.line(progress))\n")
            }
        }
    }

    func end() {
        if style == .live { StandardError.steer("\r\u{1B}[2K") }
    }

    private static func line(_ progress: LoadProgress) -> String {
        let latest = progress.latest
        let whole = progress.plannedDuration.map { "/\($0.seconds.rounded(.up).wholeText)" } ?? ""
        let elapsed = progress.plannedDuration.map { min($0, progress.elapsed) } ?? progress.elapsed
        return "\(elapsed.seconds.rounded(.up).wholeText)\(whole) s  \(latest.completed)/s  "
            + String(format: "p50 %.1f  p95 %.1f  p99 %.1f ms  ", latest.p50, latest.p95, latest.p99)
            + "in flight \(latest.inFlight.rounded().wholeText)  errors \(latest.failed) (\(progress.total.failed) in all)"
    }
}
