import ArgumentParser
import Formats
import Foundation
import Job
import RunModel

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Walk from a failed check to its cause, or from a cause to its evidence.",
        discussion:
            "Reads a bundle, the folder that a bundle was unpacked to, or a state; a bundle or a state may be in S3 (s3://…)."
    )

    @Argument(help: "A bundle, an unpacked bundle or a state; bundles and states in S3 too.")
    var bundle: String

    @Argument(
        help: ArgumentHelp("A check such as CB-05, or a finding by its id or its number.", valueName: "finding|check"))
    var name: String

    @OptionGroup var bundleOptions: BundleOptions

    func run() async throws {
        let source = try await bundleOptions.reading(bundle) { path in
            try await RunSource.open(path, limits: bundleOptions.limits)
        }
        let explanation = Explanation(source.record, history: source.history, changes: source.changes)
        guard let lines = explanation.lines(of: name) else {
            let nearest = name.nearest(in: explanation.names).map { "; did you mean \($0)?" } ?? ""
            throw CommandFailure.usage("the run has no check and no finding ‘\(name)’\(nearest)")
        }
        TerminalStyle.standardOutput().write(lines)
    }
}
