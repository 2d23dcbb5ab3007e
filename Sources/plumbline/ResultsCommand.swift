import ArgumentParser
import Diagnosis
import Formats
import Foundation
import Job
import RunModel

struct ResultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "Show what a run found: verdict, causes, failures, doubts.",
        discussion: """
            Reads a bundle, the folder that a bundle was unpacked to, or a state, of which it takes the newest run; without any of \
            them the state of --state. A bundle or a state may be in S3: s3://bucket/prefix/, with the region (AWS_REGION) and \
            the credentials of the environment.

            On a terminal lines are cut to its width and coloured, unless NO_COLOR is set.
            """)

    @Argument(help: "A bundle, an unpacked bundle or a state; bundles and states in S3 too.")
    var bundle: String?

    @OptionGroup var bundleOptions: BundleOptions
    @OptionGroup var stateOptions: StateOptions

    @Flag(name: .long, help: "Every check with its status, not only what needs a look.")
    var all = false

    @Option(name: .long, help: "Only results with this status; may be given again.")
    var status: [Status] = []

    @Option(name: .long, help: ArgumentHelp("Only checks whose id matches.", valueName: "glob"))
    var only: [String] = []

    @Flag(name: .long, help: "Where the time went: phases, and the checks that determined it.")
    var timing = false

    @Flag(name: .long, help: "Print verdict and results as JSON; with --timing the times.")
    var json = false

    func validate() throws {
        guard !timing || (!all && status.isEmpty && only.isEmpty) else {
            throw ValidationError("--timing is about the whole run; leave out --all, --status and --only")
        }
    }

    func run() async throws {
        let source = try await bundleOptions.reading(bundle ?? stateOptions.state) { path in
            try await RunSource.open(path, limits: bundleOptions.limits)
        }
        if timing {
            let timing = RunTiming(of: source.record)
            if json { return try StandardOutput.write(json: timing) }
            return TerminalStyle.standardOutput().write(TimingText(timing: timing).lines)
        }
        let text = ResultsText(source.record, changes: source.changes)
        let rows = source.record.rows.filter { row in
            (status.isEmpty || status.contains(row.result.status))
                && (only.isEmpty || only.contains(where: row.descriptor.id.matches))
        }
        if json {
            try StandardOutput.write(
                json: Answer(
                    runID: source.record.header.runID, verdict: text.assessment.verdict, results: rows.map(\.result)))
        } else if all || !status.isEmpty || !only.isEmpty {
            TerminalStyle.standardOutput().write(table(rows) + [text.last])
        } else {
            TerminalStyle.standardOutput().write(text.lines)
        }
    }

    private func table(_ rows: [(descriptor: CheckDescriptor, result: CheckResult)]) -> [TonedLine] {
        var table = TextTable(["id", "status", "time", "title", "result"])
        for row in rows {
            table.add([
                row.descriptor.id.rawValue, row.result.status.rawValue, row.result.duration.readable,
                row.descriptor.title, row.result.outcome.message,
            ])
        }
        let tones = [Tone.heading] + rows.map { tone(of: $0.result.status) }
        return zip(table.lines, tones).map { TonedLine($0, $1) }
    }

    private func tone(of status: Status) -> Tone {
        switch status {
        case .failed, .timeout: .bad
        case .error, .inconclusive, .blocked, .flaky: .doubtful
        case .passed, .skipped: .plain
        }
    }

    private struct Answer: Encodable {
        let runID: RunID
        let verdict: Verdict
        let results: [CheckResult]
    }
}

extension Status: ExpressibleByArgument {}
