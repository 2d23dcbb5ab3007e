import ArgumentParser
import Foundation
import Job

struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Make the documents and the bundle of a run again, from its journal.",
        discussion: "The same journal and templates give the same bytes. Nothing is asked of the target.")

    @Argument(help: "A bundle; the newest run of the state directory when none is given.")
    var bundle: String?

    @OptionGroup var stateOptions: StateOptions

    @Option(name: .long, help: ArgumentHelp("A run of the state directory.", valueName: "run id"))
    var run: String?

    @Option(name: .long, help: ArgumentHelp("Directory for the bundle.", valueName: "directory"))
    var out = "out"

    @Option(name: .long, help: ArgumentHelp("Templates that replace ours, by file name.", valueName: "directory"))
    var templates: String?

    func run() async throws {
        let rendering = Rendering(
            documents: try DocumentSet(
                templatesDirectory: templates.map { URL(fileURLWithPath: $0, isDirectory: true) }))
        let output = URL(fileURLWithPath: out, isDirectory: true)
        if let bundle {
            let directory = URL(fileURLWithPath: bundle).deletingLastPathComponent().standardizedFileURL
            guard directory.path != output.standardizedFileURL.path else {
                throw CommandFailure.usage("the new bundle would replace \(bundle); give another directory with --out")
            }
            let receipt = try await rendering.bundle(ofBundle: bundle, to: output)
            StandardOutput.write("\(receipt.sha256)  \(receipt.url.path)\n")
        } else {
            let directory = try Rendering.directory(in: stateOptions.state, run: run)
            let receipt = try await rendering.bundle(of: directory, to: output)
            StandardOutput.write("\(receipt.sha256)  \(receipt.url.path)\n")
        }
    }
}
