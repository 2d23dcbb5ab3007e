import ArgumentParser
import Durable
import Foundation
import Glibc
import Job
import Processes
import Reports
import Secrets

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write the page in which everything of a run can be looked at, or open it.",
        discussion: """
            The page is made again from the run's journal and evidence: one HTML file that needs no network and no scripts. \
            Its path is printed.
            """)

    @Argument(help: "A bundle, an unpacked bundle or a state; bundles and states in S3 too.")
    var bundle: String

    @OptionGroup var bundleOptions: BundleOptions

    @Option(name: .long, help: ArgumentHelp("The file to write.", valueName: "file"))
    var out = "report.html"

    @Flag(name: .long, help: "Open the page in the desktop's browser as well.")
    var open = false

    @OptionGroup var templateOptions: TemplateOptions

    func run() async throws {
        let rendering = try bundleOptions.rendering(with: templateOptions)
        let page = try await bundleOptions.reading(bundle) { path in
            try await rendering.document(ReportSet.page, of: path)
        }
        guard let page else { throw CommandFailure.usage("this build makes no page of \(bundle)") }
        let file = URL(fileURLWithPath: out)
        do {
            try Data(page).write(to: file, options: .atomic)
        } catch {
            throw CommandFailure.usage("\(out) cannot be written: \(error.localizedDescription)")
        }
        StandardOutput.write("\(file.path)\n")
        if open { try launch(file) }
    }

    private func launch(_ file: URL) throws {
        let browser = ProcessLaunch(
            arguments: ["xdg-open", file.path], environment: ProcessInfo.processInfo.environment)
        let nothing = Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        var status: Int32 = 0
        do throws(ProcessError) {
            let opener = try browser.spawn(input: nothing, output: nothing, error: STDERR_FILENO)
            while waitpid(opener, &status, 0) < 0, errno == EINTR {}
        } catch {
            throw CommandFailure.usage("nothing opens \(file.path) here: \(error)")
        }
        guard status == 0 else { throw CommandFailure.usage("xdg-open does not open \(file.path); open it yourself") }
    }
}
