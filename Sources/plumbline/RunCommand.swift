import ArgumentParser
import Formats
import Foundation
import Job
import Processes
import RunModel
import Secrets
import Settings

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the job: five phases, documents, one verified bundle, an exit code for the gate.",
        discussion: """
            Only reads, unless --allow opens more. The same command after any death goes on where the run stopped: finished \
            checks are not run again, and what was broken is mended first.
            """)

    @OptionGroup var configurationOptions: ConfigurationOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var logOptions: LogOptions

    @Option(name: .long, help: ArgumentHelp("Directory for the bundle.", valueName: "directory"))
    var out = "out"

    @Option(name: .long, help: "Whether an unfinished run is taken up again: auto or never.")
    var resume = ResumePolicy.auto

    @OptionGroup var templateOptions: TemplateOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "An earlier bundle to compare with, or a directory, of which the newest bundle of the environment is taken if it has one; by default the last finished run of the state.",
            valueName: "bundle"))
    var baseline: String?

    @Option(name: .long, help: "How progress shows on stderr: auto, bar (a live view), plain (lines), none.")
    var progress = ProgressStyle.auto

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Print a link to the bundle in S3 that anybody may follow for so long, such as 12h, at most 7 days and as long as the credentials live. Only with --state s3://….",
            valueName: "duration"))
    var link: PatienceArgument?

    @Flag(name: .shortAndLong, help: "Nothing on stderr but the verdict and what went wrong.")
    var quiet = false

    @Flag(name: .long, help: "Print the verdict as JSON on stdout.")
    var json = false

    func validate() throws {
        if link != nil, !StateOptions.isRemote(stateOptions.state) {
            throw ValidationError("--link needs --state s3://bucket/prefix/: a bundle in a folder has no link")
        }
    }

    enum ResumePolicy: String, ExpressibleByArgument, CaseIterable { case auto, never }

    func run() async throws {
        let configuration = try await loadConfiguration()
        let state = try stateOptions.store(configuration)
        let environment = LaunchEnvironment.variables
        let shutdown = Shutdown()
        shutdown.listen()
        let display = (quiet ? .none : progress).display(environment: environment)
        var options = try selection.options(resumes: resume == .auto)
        options.configurationFile = configurationOptions.config
        let job = JobRun(
            configuration: configuration, options: options, state: state,
            output: URL(fileURLWithPath: out, isDirectory: true),
            documents: try templateOptions.documents(),
            baseline: try await loadBaseline(of: configuration.environment),
            identity: RunIdentity(environment: environment),
            environment: environment, log: try logOptions.sink(), shutdown: shutdown,
            guardianCommand: guardianCommand(), linkExpiry: link?.duration, redactor: .process, progress: display.show)
        let end = try await job.run()
        try report(end)
        throw ExitCode(end.verdict.exitCode)
    }

    /// Reads the configuration, and asks for the platform's key where somebody can answer.
    private func loadConfiguration() async throws -> Configuration {
        let configuration = selection.applied(to: try await configurationOptions.load())
        let environment = LaunchEnvironment.variables
        let plan = JobPlan.make(
            configuration: configuration, options: try selection.options(),
            identity: RunIdentity(environment: environment))
        try selection.review(configuration, plan)
        guard let variable = KeyPrompt.missingVariable(configuration, plan),
            let key = try KeyPrompt.ask(for: variable, environment: environment)
        else { return configuration }
        // As a variable the process that undoes after a death has it too.
        LaunchEnvironment.set(variable, to: key)
        Redactor.process.learn(key, as: variable.lowercased().replacing("_", with: "-"))
        return selection.applied(to: try await configurationOptions.load())
    }

    private func loadBaseline(of environment: String) async throws -> Baseline? {
        guard let baseline else { return nil }
        guard let bundle = Baseline.bundle(at: baseline, of: environment) else {
            if !quiet {
                StandardError.write(
                    "plumbline: note: \(baseline) has no bundle of \(environment) yet; it is no baseline\n")
            }
            return nil
        }
        return try await Baseline.load(bundle: bundle)
    }

    /// What undoes faults when this process dies: this executable with the same configuration and state.
    private func guardianCommand() -> [String] {
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return [executable, "undo", "--guard", "--config", configurationOptions.config]
    }

    private func report(_ end: JobRun.End) throws {
        if json {
            try StandardOutput.write(json: RunAnswer(end))
        } else {
            StandardOutput.write("\(end.bundle.url.path)\n")
            if let location = end.location { StandardOutput.write("\(location)\n") }
            // The signature in it is what was asked for.
            if let link = end.link { StandardOutput.write(deliberately: link) }
        }
    }
}

/// What `run --json` prints.
private struct RunAnswer: Encodable {
    let runID: RunID
    let verdict: Verdict
    let bundle: String
    let sha256: String
    /// Where it is in S3.
    let location: String?

    init(_ end: JobRun.End) {
        runID = end.record.header.runID
        verdict = end.verdict
        bundle = end.bundle.url.path
        sha256 = end.bundle.sha256
        location = end.location
    }
}
