import ArgumentParser
import Formats
import Foundation
import Job
import Logging
import Processes
import RunModel
import Secrets
import Settings
import UndoLog

/// Which configuration to use.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The configuration of the target.", valueName: "file"))
    var config = "plumbline.yaml"

    /// Reads the file and fetches what Secrets Manager holds of it; says on stderr what could not be fetched.
    func load() async throws -> Configuration {
        let environment = LaunchEnvironment.variables
        let configuration = try Configuration.loadLearning(path: config)
        let (resolved, problems) = await SecretsManagerResolution.resolve(configuration, environment: environment)
        Redactor.process.learn(resolved.secrets)
        for problem in problems {
            StandardError.write("\(TerminalText.safe("plumbline: secret not available: \(problem)"))\n")
        }
        return resolved
    }
}

extension Configuration {
    /// Reads a file; from here on everything that is written passes a redactor that knows its secrets. Says on stderr which of them
    /// cannot be masked well.
    ///
    /// - Parameter warns: false for a caller that shows them itself.
    static func loadLearning(path: String, warns: Bool = true) throws -> Configuration {
        let configuration = try Configuration.load(path: path, environment: LaunchEnvironment.variables)
        Redactor.process.learn(configuration.secrets, vocabulary: configuration.notes.words)
        for warning in configuration.notes.warnings where warns {
            StandardError.write("\(TerminalText.safe("plumbline: warning: \(warning)"))\n")
        }
        return configuration
    }
}

/// Where the run's state lives.
struct StateOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Directory of the state, or s3://bucket/prefix/: journal, open undos, earlier runs. One for each environment.",
            valueName: "place"))
    var state = ".plumbline"

    static func isRemote(_ state: String) -> Bool { state.contains("://") }

    func store(_ configuration: Configuration) throws -> any StateStore {
        try StatePlace.store(state, configuration: configuration, variables: LaunchEnvironment.variables)
    }

    /// Keeps the undo logs of a directory in S3 for the process that undoes after a death.
    func undoCopy(
        of directory: StateDirectory, generation: Int, _ configuration: Configuration
    ) throws -> any UndoLogCopy {
        try StatePlace.undoCopy(
            state, of: directory, generation: generation, configuration: configuration,
            variables: LaunchEnvironment.variables)
    }
}

/// What to run.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("A phase, by number or name; may be given again. All by default.", valueName: "phase"))
    var phase: [Phase] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only checks whose id matches, such as 'HE-*'; what they depend on comes along.", valueName: "glob"))
    var only: [String] = []

    @Option(name: .long, help: ArgumentHelp("Leave out checks whose id matches.", valueName: "glob"))
    var skip: [String] = []

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "What the run may do beyond reading: writes, load, faults (separated by commas).", valueName: "what"))
    var allow: [String] = []

    @Option(name: .long, help: "How often a check that did not pass is tried again; a later pass counts as flaky.")
    var retries = 0

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Run each check so many times; one that passes only sometimes counts as flaky. Not with --retries.",
            valueName: "times"))
    var `repeat` = 1

    @Flag(name: .long, help: "End with exit code 4 when only non-critical checks failed.")
    var strict = false

    @OptionGroup var overrides: OverrideOptions

    func validate() throws {
        guard (0...5).contains(retries) else { throw ValidationError("--retries takes 0 to 5, got \(retries)") }
        guard (1...100).contains(`repeat`) else { throw ValidationError("--repeat takes 1 to 100, got \(`repeat`)") }
        if retries > 0, `repeat` > 1 {
            throw ValidationError("--repeat looks for what --retries would hide; give one of them")
        }
        _ = try allowances()
    }

    func allowances() throws -> Set<Allowance> {
        var result: Set<Allowance> = []
        for word in allow.flatMap({ $0.split(separator: ",").map(String.init) }) {
            guard let allowance = Allowance(rawValue: word) else {
                let known = Allowance.allCases.map(\.rawValue)
                let hint = word.nearest(in: known).map { "; did you mean ‘\($0)’?" } ?? ""
                throw ValidationError("--allow takes \(known.joined(separator: ", ")), got ‘\(word)’\(hint)")
            }
            result.insert(allowance)
        }
        return result
    }

    func options(resumes: Bool = true) throws -> RunOptions {
        RunOptions(
            phases: Array(Set(phase)), only: only, skip: skip, allowances: try allowances(), retries: retries,
            repeats: `repeat`, resumes: resumes, isStrict: strict)
    }

    /// Says what the configuration says in vain.
    ///
    /// - Throws: ``CommandFailure`` as usage when a pattern of `--only` selects nothing.
    func review(_ configuration: Configuration, _ plan: Plan) throws {
        let checks = plan.entries.map(\.descriptor)
        let problems = only.compactMap { ConfigurationReview.problem(with: $0, checks: checks) }
        if !problems.isEmpty { throw CommandFailure.usage("--only: \(problems.joined(separator: "; "))") }
        for remark in ConfigurationReview.remarks(on: configuration, checks: checks, now: Date()) {
            StandardError.write("\(TerminalText.safe("plumbline: note: \(remark)"))\n")
        }
    }

    /// The configuration with what the command line overrides.
    func applied(to configuration: Configuration) -> Configuration { overrides.applied(to: configuration) }
}

/// A duration such as `90s` on the command line.
struct PatienceArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = Duration(text: argument) else { return nil }
        self.duration = duration
    }
}

extension Phase: ExpressibleByArgument {
    public init?(argument: String) { self.init(text: argument) }

    public static var allValueStrings: [String] { allCases.map { "\($0.rawValue)|\($0.name)" } }
}

/// How log lines go to stderr.
struct LogOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "Lowest level of log lines on stderr: debug, info, notice, warning, error. Also PLUMBLINE_LOG_LEVEL.")
    var logLevel: String?

    @Option(name: .long, help: "Form of log lines on stderr: text or json. Also PLUMBLINE_LOG_FORMAT.")
    var logFormat: String?

    func validate() throws {
        _ = try level()
        _ = try format()
    }

    func sink() throws -> LogSink { LogSink(format: try format(), level: try level()) }

    private func level() throws -> Logger.Level {
        let text = logLevel ?? LaunchEnvironment.variables["PLUMBLINE_LOG_LEVEL"] ?? "warning"
        guard let level = Logger.Level(rawValue: text) else {
            throw ValidationError(
                "the log level is one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")), got ‘\(text)’"
            )
        }
        return level
    }

    private func format() throws -> LogFormat {
        let text = logFormat ?? LaunchEnvironment.variables["PLUMBLINE_LOG_FORMAT"] ?? "text"
        guard let format = LogFormat(rawValue: text) else {
            throw ValidationError("the log format is text or json, got ‘\(text)’")
        }
        return format
    }
}
