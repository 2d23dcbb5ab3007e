import ArgumentParser
import Formats
import Foundation
import Job
import RunModel
import Settings

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check a configuration, or show what counts under it.",
        discussion: "Nobody is asked: neither the target, nor AWS, nor Secrets Manager.",
        subcommands: [Check.self, Show.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say everything that is wrong with a configuration, or that it is sound.",
            discussion: "Ends with 0 for a sound one, whatever it could not resolve, and with 2 for any other.")

        @OptionGroup var configurationOptions: ConfigurationOptions

        @Flag(name: .long, help: "Print problems, warnings, notes and missing secrets as JSON.")
        var json = false

        func run() async throws {
            let answer: ConfigurationAnswer
            do {
                let configuration = try Configuration.loadLearning(path: configurationOptions.config, warns: false)
                answer = ConfigurationAnswer(configuration, path: configurationOptions.config)
            } catch let error as ConfigurationError where json {
                answer = ConfigurationAnswer(problems: error.problems)
            }
            if json {
                try StandardOutput.write(json: answer)
            } else {
                StandardOutput.write("\(answer.text)\n")
                StandardError.write("Next: plumbline plan --config \(configurationOptions.config)\n")
            }
            if !answer.sound { throw ExitCode(2) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every setting with its value and where that comes from.",
            discussion: """
                Secrets are shown as placeholders. A value comes from a line of the file, from a reference in it to an \
                environment variable, a file or Secrets Manager, from another setting, from an option, or by default.
                """)

        @OptionGroup var configurationOptions: ConfigurationOptions
        @OptionGroup var overrides: OverrideOptions

        @Flag(name: .long, help: "Also what is not set and has no default.")
        var all = false

        @Flag(name: .long, help: "Print the settings as JSON, also those that are not set.")
        var json = false

        func run() async throws {
            let configuration = overrides.applied(
                to: try Configuration.loadLearning(path: configurationOptions.config))
            let notes = configuration.notes
            if json {
                return try StandardOutput.write(
                    json: SettingsAnswer(
                        file: configurationOptions.config, settings: notes.entries.map(SettingAnswer.init),
                        more: notes.furtherEntries))
            }
            var table = TextTable(["setting", "value", "from"])
            for entry in notes.entries where all || entry.value != .null {
                table.add([
                    entry.key, entry.shownValue.excerpt(Self.widestValue), entry.origin(configurationOptions.config),
                ])
            }
            StandardOutput.write("\(table.text)")
            if notes.furtherEntries > 0 { StandardOutput.write("and \(notes.furtherEntries) more\n") }
        }

        /// Longer values would push the last column out of sight; `--json` has them whole.
        private static let widestValue = 80
    }
}

/// What the command line overrides of a configuration.
struct OverrideOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The longest that one check may wait for the live circuit breaker, such as 90s (breaker.patience). A test that would wait longer runs on a launched instance with a short timeout, or on the reference alone, which is no pass.",
            valueName: "duration"))
    var breakerPatience: PatienceArgument?

    /// The configuration with what the command line overrides.
    func applied(to configuration: Configuration) -> Configuration {
        var configuration = configuration
        if let breakerPatience {
            configuration.replaceBreakerPatience(breakerPatience.duration, by: "--breaker-patience")
        }
        return configuration
    }
}

/// What `config check` says.
private struct ConfigurationAnswer: Encodable {
    struct Problem: Encodable {
        let file: String
        let line: Int?
        let key: String?
        let expected: String
        let got: String
        let advice: String?
    }

    struct Missing: Encodable {
        let key: String
        let reference: String
    }

    let sound: Bool
    let problems: [Problem]
    /// Secrets that cannot be masked well.
    var warnings: [String] = []
    /// What the configuration says in vain.
    var notes: [String] = []
    /// Secrets whose values are not known here.
    var missing: [Missing] = []
    private var path = ""
    private var written = 0
    private var standard = 0

    private enum CodingKeys: String, CodingKey { case sound, problems, warnings, notes, missing }

    init(problems: [ConfigurationProblem]) {
        sound = false
        self.problems = problems.map {
            Problem(
                file: $0.file, line: $0.line, key: $0.key, expected: $0.expected, got: $0.got, advice: $0.advice)
        }
    }

    init(_ configuration: Configuration, path: String) {
        sound = true
        problems = []
        self.path = path
        warnings = configuration.notes.warnings.map(\.description)
        notes = ConfigurationReview.remarks(
            on: configuration, checks: Catalogue.checks(for: configuration).map(\.descriptor), now: Date())
        let entries = configuration.notes.entries
        missing = entries.filter { !$0.isResolved }.map {
            Missing(key: $0.key, reference: $0.references.first ?? "")
        }
        written = entries.count { if case .file = $0.source { true } else { false } }
        standard = entries.count { $0.source == .standard && $0.value != .null }
    }

    /// For a sound one; the mistakes of another one are an error of the command.
    var text: String {
        var lines = ["\(path) is sound: \(written) settings from the file, \(standard) by default"]
        lines += warnings.map { "warning: \($0)" } + notes.map { "note: \($0)" }
        lines += missing.map { entry in
            let what =
                entry.reference.hasPrefix("${secretsmanager:")
                ? "is asked for when a run begins" : "is not set; checks that need it are skipped"
            return "\(entry.key): \(entry.reference) \(what)"
        }
        return lines.joined(separator: "\n")
    }
}

/// What `config show --json` prints.
private struct SettingsAnswer: Encodable {
    let file: String
    let settings: [SettingAnswer]
    /// How many more settings there are than are listed.
    let more: Int
}

private struct SettingAnswer: Encodable {
    let key: String
    /// Null where nothing is set; a secret is a placeholder.
    let value: JSONValue
    /// `default`, `file`, `setting` or `option`.
    let source: String
    /// The line in the file, the key of the other setting, or the option.
    let at: JSONValue
    /// What the file refers to: `${env:NAME}`, ….
    let references: [String]
    let resolved: Bool

    init(_ entry: ConfigurationEntry) {
        key = entry.key
        value = entry.value
        references = entry.references
        resolved = entry.isResolved
        switch entry.source {
        case .standard: (source, at) = ("default", .null)
        case .file(let line): (source, at) = ("file", line.map { .integer(Int64($0)) } ?? .null)
        case .setting(let key): (source, at) = ("setting", .string(key))
        case .option(let name): (source, at) = ("option", .string(name))
        }
    }
}

extension ConfigurationEntry {
    fileprivate var shownValue: String {
        switch value {
        case .null: "–"
        case .array(let elements): elements.map(\.text).joined(separator: ", ")
        default: value.text + (isResolved ? "" : " (not set)")
        }
    }

    /// - Parameter path: of the configuration file.
    fileprivate func origin(_ path: String) -> String {
        switch source {
        case .standard: value == .null ? "–" : "default"
        case .file(let line): ([path + (line.map { ":\($0)" } ?? "")] + references).joined(separator: " ")
        case .setting(let key): "follows from \(key)"
        case .option(let name): name
        }
    }
}
