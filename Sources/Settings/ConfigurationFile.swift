import Formats
import Foundation
import Secrets
import Yams

/// The file being read, its environment, and the problems found so far.
final class ConfigurationFile {
    let path: String
    let environment: [String: String]
    private(set) var problems: [ConfigurationProblem] = []
    /// How many more there are than ``largestProblemCount``.
    private(set) var furtherProblems = 0
    /// What references gave in places where people put credentials: headers, bodies and variables of commands.
    private(set) var referencedSecrets: [Secret] = []
    /// Every secret with where it is referred to, for warnings.
    private(set) var referencesOfSecrets: [(secret: Secret, key: String, line: Int?)] = []
    private(set) var warnings: [ConfigurationWarning] = []
    /// The lines of sections and of the keys in them.
    private(set) var lines: [String: Int] = [:]

    /// Every setting that was asked for, in the order in which it was.
    private(set) var entries: [ConfigurationEntry] = []
    /// How many more there are than ``largestEntryCount``.
    private(set) var furtherEntries = 0
    private var places: [String: Int] = [:]

    /// Entries that are kept; a configuration of thousands of probes has more than anybody reads.
    private static let largestEntryCount = 5000

    /// Lines that are kept; a configuration of suites and probes has many more that nobody asks for.
    private static let largestLineCount = 300

    init(path: String, environment: [String: String]) {
        self.path = path
        self.environment = environment
    }

    /// The largest configuration file that is read, in bytes.
    static let largestSize = 1 << 20

    /// Problems that are kept; a reader has no use for more at once.
    static let largestProblemCount = 200

    /// Whether one more problem would be kept: what makes a costly text asks first.
    var keepsMoreProblems: Bool { problems.count < Self.largestProblemCount }

    /// Remembers where a key stands that is a section or directly in one.
    func note(_ key: String, line: Int?) {
        guard let line, lines.count < Self.largestLineCount, !key.contains("["), key.count(where: { $0 == "." }) < 2
        else {
            return
        }
        lines[key] = line
    }

    /// Remembers what counts for a key; a later word on the same one replaces it.
    func record(_ entry: ConfigurationEntry) {
        if let place = places[entry.key] {
            entries[place] = entry
        } else if entries.count < Self.largestEntryCount {
            places[entry.key] = entries.count
            entries.append(entry)
        } else {
            furtherEntries += 1
        }
    }

    /// The texts are only made for a problem that is kept.
    func report(
        line: Int?, key: String?, expected: @autoclosure () -> String, got: @autoclosure () -> String,
        advice: @autoclosure () -> String? = nil
    ) {
        guard keepsMoreProblems else {
            furtherProblems += 1
            return
        }
        problems.append(
            ConfigurationProblem(
                file: path, line: line, key: key, expected: expected(), got: got(), advice: advice()))
    }

    /// Replaces `${env:NAME}` and `${file:PATH}` inside a text that is no secret as a whole.
    ///
    /// - Parameter place: whether what references give here is to be masked, where they do not say so themselves.
    func interpolated(_ text: String, key: String, line: Int?, place: ReferencePlace = .setting) -> Interpolation? {
        guard text.contains("${") else { return Interpolation(value: text, shown: text) }
        var result = Interpolation()
        var rest = text[...]
        while let start = rest.range(of: "${") {
            result.append(rest[..<start.lowerBound])
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                report(
                    line: line, key: key, expected: "a closing brace after ${", got: "‘\(text.excerpt(200))’")
                return nil
            }
            let (reference, mark) = Secrecy.reading(String(rest[start.lowerBound...end]))
            guard let source = SecretSource(reference) else {
                report(line: line, key: key, expected: "${env:NAME} or ${file:PATH}", got: "‘\(reference)’")
                return nil
            }
            guard let value = value(of: source, reference: reference, key: key, line: line) else { return nil }
            result.references.append(source.description)
            let isSecret = mark.map { $0 == .secret } ?? place.isSecret(in: text, at: start.lowerBound)
            if isSecret {
                let secret = remember(value, source: source, key: key, line: line)
                result.append(place == .name ? secret.placeholder : value, shown: secret.placeholder)
            } else {
                result.append(value)
            }
            rest = rest[rest.index(after: end)...]
        }
        result.append(rest)
        return result
    }

    private func value(of source: SecretSource, reference: String, key: String, line: Int?) -> String? {
        switch source {
        case .environment(let name):
            guard let value = environment[name] else {
                report(
                    line: line, key: key, expected: "the environment variable \(name)", got: "it is not set",
                    advice: "export \(name)=…")
                return nil
            }
            return value
        case .file(let name): return contents(of: name, key: key, line: line)
        case .secretsManager, .learned:
            report(line: line, key: key, expected: "${env:NAME} or ${file:PATH}", got: "‘\(reference)’")
            return nil
        }
    }

    private func remember(_ value: String, source: SecretSource, key: String, line: Int?) -> Secret {
        let name =
            switch source {
            case .environment(let name): name
            case .file(let path): URL(fileURLWithPath: path).lastPathComponent
            case .secretsManager(let id, _): id
            case .learned: key
            }
        let secret = Secret(name: name.lowercased().replacing("_", with: "-"), source: source, value: value)
        referencedSecrets.append(secret)
        return noted(secret, key: key, line: line)
    }

    /// Resolves a secret from the environment or a file. A variable that is not set leaves it unresolved, which is no mistake:
    /// the checks that need it are skipped and say so. A secret of Secrets Manager stays unresolved until AWS is asked.
    func resolve(_ secret: Secret, key: String, line: Int?) -> Secret {
        switch secret.source {
        case .environment(let name):
            guard let value = environment[name], !value.isEmpty else { return secret }
            return noted(secret.resolved(value), key: key, line: line)
        case .file(let name):
            guard let value = contents(of: name, key: key, line: line), !value.isEmpty else { return secret }
            return noted(secret.resolved(value), key: key, line: line)
        case .secretsManager, .learned: return secret
        }
    }

    private func noted(_ secret: Secret, key: String, line: Int?) -> Secret {
        referencesOfSecrets.append((secret, key, line))
        return secret
    }

    /// Warns of secrets whose masking makes reports hard to read, or that cannot be masked at all.
    ///
    /// - Parameter words: the words of the configuration.
    func warn(of words: Set<String>) {
        for (secret, key, line) in referencesOfSecrets {
            guard let value = secret.reveal()?.trimmingCharacters(in: .whitespacesAndNewlines), !value.isEmpty else {
                continue
            }
            let problem: String? =
                if value.utf8.count < Redactor.shortestValue {
                    "the value of \(secret.source) has fewer than \(Redactor.shortestValue) bytes and cannot be masked"
                } else if Redactor.isWord(value, of: words) {
                    "the value of \(secret.source) is a word that stands in any text; it is masked only where it is marked as a secret, such as by `password=`: choose another one"
                } else if words.contains(value.lowercased()) {
                    "the value of \(secret.source) is a word of the configuration, which is masked everywhere"
                } else if value.utf8.count < Self.shortestGoodSecret {
                    "the value of \(secret.source) has only \(value.utf8.count) bytes; other texts may hold it by chance and are masked too"
                } else {
                    nil
                }
            guard let problem else { continue }
            let warning = ConfigurationWarning(file: path, line: line, key: key, text: problem)
            // A secret is often referred to several times.
            if !warnings.contains(where: { $0.text == problem }) { warnings.append(warning) }
        }
    }

    /// Shorter secrets give a warning, in bytes.
    private static let shortestGoodSecret = 8

    /// Where a file lies that the configuration names: relative names start beside the configuration.
    func location(of name: String) -> String {
        URL(fileURLWithPath: name, relativeTo: URL(fileURLWithPath: path).deletingLastPathComponent())
            .standardizedFileURL.path(percentEncoded: false)
    }

    private func contents(of name: String, key: String, line: Int?) -> String? {
        let path = location(of: name)
        do throws(OutsideFileError) {
            let data = try OutsideFile.bytes(of: path, limit: Self.largestSize)
            guard let text = String(data: data, encoding: .utf8) else {
                report(line: line, key: key, expected: "a file with UTF-8 text", got: "\(path) with other bytes")
                return nil
            }
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        } catch {
            report(
                line: line, key: key, expected: "a readable file of at most 1 MiB", got: error.description,
                advice: "check that it exists and its permissions")
            return nil
        }
    }
}

/// A text of the file with its references replaced.
struct Interpolation {
    var value = ""
    /// The same with placeholders for secrets.
    var shown = ""
    var references: [String] = []

    mutating func append(_ text: some StringProtocol, shown: String? = nil) {
        value += text
        self.shown += shown ?? String(text)
    }
}

/// What a reference in a place of the configuration gives, unless it says itself (``Secrecy``).
enum ReferencePlace {
    /// Hosts, regions, names: it is a setting, and reports show it.
    case setting
    /// Headers, bodies, conditions, commands and their variables: it is a secret.
    case secret
    /// Names of checks, from which their ids are made: a secret stands in them as its placeholder.
    case name
    /// In a URL it is a secret before the `@` and in the query, and a setting elsewhere.
    case url

    func isSecret(in text: String, at index: String.Index) -> Bool {
        switch self {
        case .setting: return false
        case .secret, .name: return true
        case .url:
            guard let scheme = text.range(of: "://") else { return false }
            if text[..<index].contains("?") { return true }
            let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
            guard let at = authority.lastIndex(of: "@") else { return false }
            return index < at
        }
    }
}
