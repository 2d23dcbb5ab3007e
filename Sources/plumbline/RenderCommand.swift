import ArgumentParser
import ArtifactBundle
import Formats
import Foundation
import Job

struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Make the documents and the bundle of a run again, from its journal.",
        discussion: """
            The same journal and templates give the same bytes. Nothing is asked of the target.

            With --recheck-aws the checks over the AWS snapshot are made again, by this build and from what the run kept under \
            aws/: the new bundle says what they say now, and its journal says that they were made again. The run itself stays \
            as it is.
            """)

    @Argument(help: "A bundle; the newest run of the state directory when none is given.")
    var bundle: String?

    @OptionGroup var bundleOptions: BundleOptions
    @OptionGroup var stateOptions: StateOptions

    @Option(name: .long, help: ArgumentHelp("A run of the state directory.", valueName: "run id"))
    var run: String?

    @Flag(name: .long, help: "Make the checks over the run's AWS snapshot again, offline.")
    var recheckAws = false

    @Option(name: .long, help: ArgumentHelp("Directory for the bundle.", valueName: "directory"))
    var out = "out"

    @OptionGroup var templateOptions: TemplateOptions

    func run() async throws {
        let rendering = try bundleOptions.rendering(with: templateOptions)
        let output = URL(fileURLWithPath: out, isDirectory: true)
        if let bundle {
            let directory = URL(fileURLWithPath: bundle).deletingLastPathComponent().standardizedFileURL
            guard directory.path != output.standardizedFileURL.path else {
                throw CommandFailure.usage("the new bundle would replace \(bundle); give another directory with --out")
            }
            try await BundleOptions.reading {
                if recheckAws {
                    report(try await rendering.recheckedBundle(ofBundle: bundle, to: output))
                } else {
                    report(try await rendering.bundle(ofBundle: bundle, to: output))
                }
            }
        } else {
            let directory = try Rendering.directory(in: stateOptions.state, run: run)
            if recheckAws {
                let name = BundleAssembly.fileName(of: try Rendering.record(of: directory).header)
                guard !FileManager.default.fileExists(atPath: output.appending(path: name).path) else {
                    throw CommandFailure.usage(
                        "the new bundle would replace \(output.appending(path: name).path); give another directory with --out"
                    )
                }
                report(try await rendering.recheckedBundle(of: directory, to: output))
            } else {
                report(try await rendering.bundle(of: directory, to: output))
            }
        }
    }

    private func report(_ receipt: BundleReceipt) { StandardOutput.write("\(receipt.sha256)  \(receipt.url.path)\n") }

    private func report(_ recheck: Rendering.Recheck) {
        for difference in recheck.differences {
            let words = "\(difference.before.status.rawValue) → \(difference.after.status.rawValue)"
            StandardError.write("\(TerminalText.safe("\(difference.check) \(words): \(difference.after.message)"))\n")
        }
        if recheck.differences.isEmpty {
            StandardError.write("every check over the AWS snapshot says the same as before\n")
        }
        report(recheck.receipt)
    }
}
