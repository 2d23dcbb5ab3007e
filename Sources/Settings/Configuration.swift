import Formats
import Foundation
import RunModel
import Secrets
import Yams

/// What a run is told about its target: everything that names one deployment is here, and nothing of it in code.
///
/// Defaults are the figures of the contract; a configuration file overrides them.
public struct Configuration: Sendable, Hashable {
    /// The name of the environment: `development`, `staging`, `production`, `sandbox`, …
    public var environment: String
    /// Whether the environment serves customers: then faults are refused unless ``FaultSettings/allowedInProduction``.
    public var isProduction: Bool
    public var services: ServiceSettings
    /// API keys by name: `api` is the key the checks work with; others stand for the cases of authentication.
    public var keys: [String: Secret]
    public var database: DatabaseSettings?
    public var redis: RedisSettings?
    public var aws: AWSSettings?
    /// Parts of the platform that this deployment is without.
    public var absent: Set<SystemPart>
    public var breaker: BreakerSettings
    public var faults: FaultSettings
    public var launch: LaunchSettings?
    /// Environment variables and tools that must be there, beyond what the other sections imply.
    public var requirements: RequirementSettings
    public var limits: LimitSettings
    public var gate: GateSettings
    public var state: StateSettings
    public var submit: SubmitSettings?
    /// Thresholds by name that replace a check's own, such as `LD-01.p95_ms`.
    public var thresholds: [String: Double]
    public var mutes: [CheckID: Mute]
    public var suites: [SuiteSettings]
    /// Who answers for the areas that findings are handed to, by area.
    public var owners: [String: Owner]
    /// Files in which services write their logs, by service: `api`, `mlflow`, `database`, ….
    public var logs: [String: String]
    public var probes: [ProbeSettings]
    /// What references in headers and in the variables of commands gave.
    private var referencedSecrets: [Secret] = []
    public private(set) var notes = ConfigurationNotes()

    /// Reads and checks a file.
    ///
    /// - Throws: ``ConfigurationError`` with every mistake found.
    public static func load(path: String, environment: [String: String]) throws(ConfigurationError) -> Configuration {
        let data: Data
        do throws(OutsideFileError) {
            data = try OutsideFile.bytes(of: path, limit: ConfigurationFile.largestSize)
        } catch {
            throw ConfigurationError([
                ConfigurationProblem(
                    file: path, line: nil, key: nil, expected: "a readable configuration file of at most 1 MiB",
                    got: error.isMissing ? "no such file" : "one that \(error.reason)",
                    advice: "give its path with --config; `plumbline init` writes a first one")
            ])
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw ConfigurationError([
                ConfigurationProblem(
                    file: path, line: nil, key: nil, expected: "UTF-8 text",
                    got: "\(data.count) bytes of something else"
                )
            ])
        }
        return try parse(text, path: path, environment: environment)
    }

    /// Reads and checks the text of a file; `path` is for messages and for relative references.
    public static func parse(
        _ text: String, path: String, environment: [String: String]
    ) throws(ConfigurationError) -> Configuration {
        let file = ConfigurationFile(path: path, environment: environment)
        if let line = YAMLNesting.firstLineTooDeep(in: text) {
            throw ConfigurationError([
                ConfigurationProblem(
                    file: path, line: line, key: nil, expected: "YAML",
                    got: "more than \(YAMLNesting.limit) levels of nesting")
            ])
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationError([Self.problem(of: error, path: path)])
        }
        var configuration = Configuration(ConfigurationSection(root, path: "", file: file))
        guard file.problems.isEmpty else {
            var problems = file.problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
            if file.furtherProblems > 0 {
                problems.append(
                    ConfigurationProblem(
                        file: path, line: nil, key: nil, expected: "no mistakes", got: "\(file.furtherProblems) more"))
            }
            throw ConfigurationError(problems)
        }
        configuration.referencedSecrets = file.referencedSecrets
        configuration.notes.words = Self.words(of: text)
        configuration.notes.lines = file.lines
        file.warn(of: configuration.notes.words)
        configuration.notes.warnings = file.warnings
        configuration.notes.entries = file.entries
        configuration.notes.furtherEntries = file.furtherEntries
        return configuration
    }

    /// The words of the file without its references, and what is joined of them: a word is also what stands between blanks.
    private static func words(of text: String) -> Set<String> {
        let plain = text.lowercased().replacing(#/\$\{[^}]*\}/#, with: " ")
        let joined = plain.split { $0.isWhitespace || "\"',:{}[]#".contains($0) }
        return Set(joined.map(String.init))
            .union(joined.flatMap { $0.split { !$0.isLetter && !$0.isNumber } }.map(String.init))
    }

    /// The parser's message, without the lines of the file that it quotes: they may be long, and hold what must not be shown.
    private static func problem(of error: any Error, path: String) -> ConfigurationProblem {
        func problem(_ mark: Mark?, _ text: String) -> ConfigurationProblem {
            ConfigurationProblem(file: path, line: mark?.line, key: nil, expected: "YAML", got: text)
        }
        switch error as? YamlError {
        case .scanner(let context, let text, let mark, _), .parser(let context, let text, let mark, _),
            .composer(let context, let text, let mark, _):
            return problem(mark, (context.map { "\($0.text) " } ?? "") + text)
        case .duplicatedKeysInMapping(let duplicates, let context):
            return problem(context.mark, "a mapping in which \(duplicates.joined(separator: ", ")) stands twice")
        default: return problem(nil, String("\(error)".split(separator: "\n").joined(separator: " ").excerpt(200)))
        }
    }

    private init(_ root: ConfigurationSection) {
        let version = root.integer("version", default: 1)
        if version != 1 { root.report("version", expected: "1", got: "\(version)") }
        environment = root.requiredString("environment")
        if !environment.isEmpty,
            environment.contains(where: { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) })
        {
            root.report("environment", expected: "ASCII letters, digits and hyphens", got: "‘\(environment)’")
        }
        isProduction = root.boolean("production", default: environment == "production")
        services = ServiceSettings(root.section("services"))
        let keySection = root.section("keys")
        keys = [:]
        for name in keySection.keys { keys[name] = keySection.secret(name, name: "\(name)-key") }
        database = root.optionalSection("database").map(DatabaseSettings.init)
        redis = root.optionalSection("redis").map(RedisSettings.init)
        aws = root.optionalSection("aws").map { [environment] in AWSSettings($0, environment: environment) }
        absent = Self.absentParts(root)
        if absent.contains(.balancer), let listed = aws {
            aws?.leaveOutLoadBalancers()
            root.section("aws").deriveLists(from: listed, to: aws ?? listed)
        }
        breaker = BreakerSettings(root.section("breaker"))
        faults = FaultSettings(root.section("faults"))
        launch = root.optionalSection("launch").map(LaunchSettings.init)
        requirements = RequirementSettings(root.section("requirements"))
        limits = LimitSettings(root.section("limits"))
        gate = GateSettings(root.section("gate"))
        state = StateSettings(root.section("state"))
        submit = root.optionalSection("submit").map(SubmitSettings.init)
        let thresholdSection = root.section("thresholds")
        thresholds = [:]
        for name in thresholdSection.keys {
            thresholds[name] = thresholdSection.number(name, default: 0, in: 0...1e12)
        }
        mutes = Self.mutes(root.sections("mutes"))
        suites = root.sections("suites").map(SuiteSettings.init)
        probes = root.sections("probes").map(ProbeSettings.init)
        owners = root.section("owners").owners()
        logs = root.section("logs").logFiles()
        root.finish()
    }

    private static func absentParts(_ root: ConfigurationSection) -> Set<SystemPart> {
        let names = root.strings("absent")
        let known = SystemPart.allCases.map(\.rawValue)
        for name in names where !known.contains(name) {
            root.report(
                "absent", expected: "parts of \(known.joined(separator: ", "))", got: "‘\(name)’",
                advice: name.nearest(in: known).map { "did you mean ‘\($0)’?" })
        }
        let parts = Set(names.compactMap(SystemPart.init))
        if parts.contains(.redis), root.optionalSection("redis")?.isPresent == true {
            root.report("absent", expected: "no redis, or no `redis` section", got: "both")
        }
        return parts
    }

    private static func mutes(_ sections: [ConfigurationSection]) -> [CheckID: Mute] {
        var result: [CheckID: Mute] = [:]
        for section in sections {
            let mute = Mute(
                owner: section.requiredString("owner"), reason: section.requiredString("reason"),
                expires: section.requiredString("expires"))
            // Foundation takes the 31st of February for a day in March.
            let day = Timestamp.date(mute.expires + "T00:00:00Z").map { String(Timestamp.text($0).prefix(10)) }
            if !mute.expires.isEmpty, day != mute.expires {
                section.report("expires", expected: "a day such as 2026-03-31", got: "‘\(mute.expires)’")
            }
            result[CheckID(section.requiredString("check"))] = mute
            section.finish()
        }
        return result
    }

    /// Lets the command line override how long a check may wait for the breaker.
    ///
    /// - Parameter option: as it is written there.
    public mutating func replaceBreakerPatience(_ patience: Duration, by option: String) {
        breaker.patience = patience
        notes.replace("breaker.patience", .string(patience.settingText), by: option)
    }

    /// The secrets of every section, for the redactor.
    public var secrets: [Secret] {
        keys.sorted { $0.key < $1.key }.map(\.value)
            + [database?.password, redis?.password, aws?.accessKeyID, aws?.secretAccessKey].compactMap(\.self)
            + referencedSecrets
    }

    /// The same configuration with each secret replaced by what the closure makes of it.
    public func mappingSecrets(_ transform: (Secret) -> Secret) -> Configuration {
        var copy = self
        copy.keys = keys.mapValues(transform)
        copy.database?.password = database?.password.map(transform)
        copy.redis?.password = redis?.password.map(transform)
        return copy
    }
}
