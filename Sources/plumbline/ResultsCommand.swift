import ArgumentParser
import Formats
import Foundation
import Job
import RunModel

struct ResultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "Show what a run found: the verdict, and a line for each check.",
        discussion: "Reads a bundle, or the newest run of a state directory when no bundle is given.")

    @Argument(help: "A bundle.")
    var bundle: String?

    @OptionGroup var bundleOptions: BundleOptions
    @OptionGroup var stateOptions: StateOptions

    @Option(name: .long, help: "Only results with this status; may be given again.")
    var status: [Status] = []

    @Option(name: .long, help: ArgumentHelp("Only checks whose id matches.", valueName: "glob"))
    var only: [String] = []

    @Flag(name: .long, help: "Print verdict and results as JSON.")
    var json = false

    func run() async throws {
        let record: RunRecord
        if let bundle {
            record = try await BundleOptions.reading {
                try await Rendering.record(ofBundle: bundle, limits: bundleOptions.limits)
            }
        } else {
            record = try Rendering.record(of: try Rendering.directory(in: stateOptions.state, run: nil))
        }
        let rows = record.rows.filter { row in
            (status.isEmpty || status.contains(row.result.status))
                && (only.isEmpty || only.contains(where: row.descriptor.id.matches))
        }
        if json {
            try StandardOutput.write(
                json: Answer(runID: record.header.runID, verdict: Verdict(of: record), results: rows.map(\.result)))
            return
        }
        var table = TextTable(["id", "status", "time", "result"])
        for row in rows {
            table.add([
                row.descriptor.id.rawValue, row.result.status.rawValue, row.result.duration.readable,
                row.result.outcome.message,
            ])
        }
        StandardOutput.write("\(table.text)\n\(TerminalText.safe(Verdict(of: record).line))\n")
    }

    private struct Answer: Encodable {
        let runID: RunID
        let verdict: Verdict
        let results: [CheckResult]
    }
}

extension Status: ExpressibleByArgument {}
