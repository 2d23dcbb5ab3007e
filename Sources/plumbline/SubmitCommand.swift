import AWSClient
import ArgumentParser
import CheckKit
import Formats
import Foundation
import HTTPClient
import Job
import Processes
import RunModel
import Settings
import Submission

struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Run the job as a one-off ECS task, follow its log, and end with its exit code.",
        discussion: """
            The task is started from the task definition of the `submit` section, with this command's options as its own. The \
            state is in S3, so the task needs no volume, and one whose Spot capacity was taken back is gone on with by another. \
            Run again by the same job of a pipeline, it follows the task that is there instead of starting a second one.

            Ctrl-C stops the task and waits until it has undone what it changed. --detach starts it and ends; `attach` follows it. \
            Exit code: the job's own; 5 when there is no result, with the reason and what to do.
            """)

    @OptionGroup var configurationOptions: ConfigurationOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var following: FollowingOptions

    @Flag(name: .long, help: "Start the task, print its mark and end.")
    var detach = false

    func validate() throws {
        guard StateOptions.isRemote(stateOptions.state) else {
            throw ValidationError(
                "submit needs --state s3://bucket/prefix/: the disk of a task is gone when the task is")
        }
    }

    func run() async throws {
        let configuration = try await configurationOptions.load()
        let variables = LaunchEnvironment.variables
        let mark = mark(configuration, variables)
        let shutdown = Shutdown()
        shutdown.listen()
        let submission = try following.submission(
            mark, command: command(configuration), configuration, state: stateOptions.state)
        do throws(TaskFinding) {
            let arn = try await submission.start(number: 1)
            StandardError.write("plumbline: submission \(mark): \(arn)\n")
            if detach {
                StandardOutput.write("\(mark)\n")
                return
            }
            let result = try await submission.result(of: arn) { shutdown.requested != nil }
            try await following.end(with: result, configuration, state: stateOptions.state)
        } catch {
            throw CommandFailure.withoutResult("\(error)", stopped: shutdown.requested != nil)
        }
    }

    /// The same for every attempt of one job of a pipeline, and another one for everything else.
    private func mark(_ configuration: Configuration, _ variables: [String: String]) -> String {
        if let mark = following.mark { return mark }
        let change = RunIdentity(environment: variables).change
        let job = ["pipeline", "commit"].map { change[$0] ?? "" }
        let attempt = variables["GITHUB_RUN_ATTEMPT"] ?? ""
        // Without a pipeline there is nothing by which two calls are the same one.
        let own = change["pipeline"] == nil ? [UUID().uuidString] : []
        return Submission.mark(of: [configuration.environment, stateOptions.state, attempt] + job + own + options)
    }

    private func command(_ configuration: Configuration) -> [String] {
        let path = configuration.submit?.configurationPath ?? configurationOptions.config
        return ["run", "--config", path, "--state", stateOptions.state] + options
    }

    /// What the task is told of this command's options.
    private var options: [String] {
        var words: [String] = []
        for phase in selection.phase { words += ["--phase", phase.name] }
        for pattern in selection.only { words += ["--only", pattern] }
        for pattern in selection.skip { words += ["--skip", pattern] }
        if !selection.allow.isEmpty { words += ["--allow", selection.allow.joined(separator: ",")] }
        if selection.retries > 0 { words += ["--retries", String(selection.retries)] }
        if selection.repeat > 1 { words += ["--repeat", String(selection.repeat)] }
        if selection.strict { words.append("--strict") }
        if let patience = selection.overrides.breakerPatience {
            words += ["--breaker-patience", "\(Int(clamping: patience.duration.milliseconds))ms"]
        }
        return words
    }
}

struct AttachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Follow a task that `submit --detach` started, and end with the job's exit code.",
        discussion: "A task that has ended is found for an hour; its result and its bundle stay in the state.")

    @Argument(help: "The mark that `submit` printed.")
    var mark: String

    @OptionGroup var configurationOptions: ConfigurationOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var following: FollowingOptions

    func validate() throws {
        guard StateOptions.isRemote(stateOptions.state) else {
            throw ValidationError("attach needs the --state s3://bucket/prefix/ of the submission")
        }
    }

    func run() async throws {
        let configuration = try await configurationOptions.load()
        let shutdown = Shutdown()
        shutdown.listen()
        let submission = try following.submission(mark, command: [], configuration, state: stateOptions.state)
        do throws(TaskFinding) {
            let result: Submission.Result
            if let arn = try await submission.running() {
                result = try await submission.result(of: arn) { shutdown.requested != nil }
            } else if let stored = try await submission.stored() {
                result = stored
            } else {
                throw TaskFinding(
                    cause: "there is no task with this mark", evidence: mark,
                    fix: "Give the mark that `submit` printed, and the same --config and --state")
            }
            try await following.end(with: result, configuration, state: stateOptions.state)
        } catch {
            throw CommandFailure.withoutResult("\(error)", stopped: shutdown.requested != nil)
        }
    }
}

/// How a task is waited for.
struct FollowingOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Directory for the bundle.", valueName: "directory"))
    var out = "out"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the submission is known by, in place of one made of the pipeline's variables: letters, digits, hyphens, at most 48.",
            valueName: "mark"))
    var mark: String?

    func validate() throws {
        if let mark, mark.wholeMatch(of: #/[A-Za-z0-9-]{1,48}/#) == nil {
            throw ValidationError("--mark takes letters, digits and hyphens, at most 48, got ‘\(mark)’")
        }
    }

    func submission(
        _ mark: String, command: [String], _ configuration: Configuration, state: String
    ) throws -> Submission {
        let variables = LaunchEnvironment.variables
        guard let settings = configuration.submit else {
            throw CommandFailure.usage(
                "the configuration has no `submit` section: it names the task definition, subnets and security groups")
        }
        guard let aws = configuration.aws else {
            throw CommandFailure.usage("the configuration has no `aws` section: it names the region and the cluster")
        }
        var environment = variables.filter { RunIdentity.pipelineVariables.contains($0.key) && !$0.value.isEmpty }
        environment["PLUMBLINE_SUBMISSION"] = mark
        environment["CI"] = variables["CI"]
        let task = ECS.OneOffTask(
            taskDefinition: settings.taskDefinition, launchType: settings.launchType,
            capacityProviders: settings.capacityProviders, subnets: settings.subnets,
            securityGroups: settings.securityGroups, assignsPublicAddress: settings.assignsPublicAddress,
            container: settings.container, command: command, environment: environment,
            tags: settings.tags.merging(["plumbline": configuration.environment]) { own, _ in own },
            startedBy: Submission.startedBy(mark), clientToken: mark)
        return Submission(
            mark: mark, cluster: settings.cluster ?? aws.cluster, task: task,
            aws: aws.client(
                environment: variables, http: HTTPClient(configuration.httpClientConfiguration)),
            store: try StatePlace.objects(state, configuration: configuration, variables: variables)
        ) { output in
            switch output {
            case .log(let line): StandardError.write("\(line)\n")
            case .note(let note): StandardError.write("plumbline: \(note)\n")
            }
        }
    }

    /// Fetches the bundle and ends with the job's exit code.
    func end(
        with result: Submission.Result, _ configuration: Configuration, state: String
    ) async throws(TaskFinding) -> Never {
        let path: String
        do {
            let objects = try StatePlace.objects(
                state, configuration: configuration, variables: LaunchEnvironment.variables)
            path = try await BundleFetch(store: objects).fetch(result, to: out)
        } catch {
            throw TaskFinding(
                cause: "the bundle could not be fetched", evidence: "\(error)",
                fix: "It is \(state)bundles/\(result.bundle); the job ended with exit code \(result.exitCode)")
        }
        StandardError.write("plumbline: \(result.verdict)\n")
        StandardOutput.write("\(path)\n")
        SubmitCommand.exit(withError: ExitCode(result.exitCode))
    }
}
