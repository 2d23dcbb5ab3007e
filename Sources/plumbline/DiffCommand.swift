import ArgumentParser
import Diagnosis
import Formats
import Foundation
import Job
import RunModel

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two runs: what is new, fixed, still failing, flaky, slower, faster, not comparable.",
        discussion: """
            Each side is a bundle, the folder that a bundle was unpacked to, or a state, of which it is the newest run; a bundle or a \
            state may be in S3 (s3://…). The older side may be an infrastructure_health_report.json of the original campaign.

            Runs of two environments are compared for parity as well: versions, settings and addresses that differ. Name what \
            may differ with --expect.

            Exit code 0, or 4 with --strict when something is new, slower, or differs where it should not.
            """)

    @Argument(help: "The older run.")
    var old: String

    @Argument(help: "The newer run.")
    var new: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A run before the older one, which tells since when a check fails; may be given again.", valueName: "run"))
    var earlier: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Names of settings that may differ between environments.", valueName: "glob"))
    var expect: [String] = []

    @OptionGroup var bundleOptions: BundleOptions

    @Flag(name: .long, help: "Print the comparison as JSON.")
    var json = false

    @Flag(name: .long, help: "End with exit code 4 when something got worse.")
    var strict = false

    func run() async throws {
        let newer = try await open(new)
        if let legacy = legacyReport() {
            TerminalStyle.standardOutput().write(LegacyComparison(legacy, newer.record).lines)
            return
        }
        let older = try await open(old)
        var runs = older.earlier + newer.earlier + [older.baseline].compactMap(\.self)
        for path in earlier { runs.append(try await open(path).record) }
        let comparison = RunComparison(
            from: older.record, to: newer.record, earlier: runs, changes: newer.changes, expected: expect)
        if json {
            try StandardOutput.write(json: comparison)
        } else {
            TerminalStyle.standardOutput().write(ComparisonText(comparison).lines)
        }
        if strict, !comparison.isClean { throw ExitCode(4) }
    }

    private func open(_ path: String) async throws -> RunSource {
        try await bundleOptions.reading(path) { try await RunSource.open($0, limits: bundleOptions.limits) }
    }

    private static let largestLegacyReport = 4 << 20

    private func legacyReport() -> LegacyHealthReport? {
        guard old.hasSuffix(".json"), let data = try? OutsideFile.bytes(of: old, limit: Self.largestLegacyReport) else {
            return nil
        }
        return LegacyHealthReport(data)
    }
}
