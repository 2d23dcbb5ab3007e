import Formats
import Foundation
import Job
import LoadEngine
import RunModel

/// The report of an earlier run that this one is compared with.
struct LoadBaseline {
    private let report: LoadReport

    /// - Throws: `CommandFailure` when the file is no report.
    init(path: String) throws {
        do {
            report = try JSON.decode(LoadReport.self, from: OutsideFile.bytes(of: path, limit: 16 << 20))
        } catch {
            throw CommandFailure.usage(
                "--baseline: ‘\(path)’ cannot be read as a report that `plumbline load --json` wrote: \(error.localizedDescription)"
            )
        }
    }

    /// Prints the comparison, to stderr when stdout is JSON.
    func compare(_ current: LoadReport, isQuiet: Bool) -> ThresholdResult.Verdict {
        let result = RegressionTest().compare(current, to: report)
        let text = Self.text(result)
        if isQuiet { StandardError.write("\(text)") } else { StandardOutput.write("\(text)") }
        return switch result.verdict {
        case .slower: .failed
        case .faster, .same: .met
        case .notComparable: .inconclusive
        }
    }

    static func text(_ result: RegressionTest.Result) -> String {
        if case .notComparable(let reason) = result.verdict {
            return TerminalText.safe("against the baseline: not comparable: \(reason)") + "\n"
        }
        var table = TextTable(["request", "percentile", "then", "now", "change", "result"])
        for endpoint in result.endpoints {
            table.add([
                endpoint.request, "p\(endpoint.percentile.wholeText)", endpoint.baseline.readable,
                endpoint.current.readable,
                String(format: "%+.1f %%", endpoint.change * 100), endpoint.verdict.word,
            ])
        }
        let notes = result.notes.map { "note: \($0)\n" }.joined()
        return "\n" + table.text + TerminalText.safe(notes) + "against the baseline: \(result.verdict.word)\n"
    }
}
