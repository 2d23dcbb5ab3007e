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
    /// What references gave in places where people put credentials: headers and variables of commands.
    private(set) var referencedSecrets: [Secret] = []

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
    /// - Parameter isSensitive: whether what the references give is to be masked.
    func interpolated(_ text: String, key: String, line: Int?, isSensitive: Bool = false) -> String? {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.range(of: "${") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                report(line: line, key: key, expected: "a closing brace after ${", got: "‘\(text)’")
                return nil
            }
            let reference = String(rest[start.lowerBound...end])
            switch SecretSource(reference) {
            case .environment(let name):
                guard let value = environment[name] else {
                    report(
                        line: line, key: key, expected: "the environment variable \(name)", got: "it is not set",
                        advice: "export \(name)=…")
                    return nil
                }
                result += value
                if isSensitive { remember(value, source: .environment(name), name: name) }
            case .file(let name):
                guard let value = contents(of: name, key: key, line: line) else { return nil }
                result += value
                if isSensitive {
                    remember(value, source: .file(name), name: URL(fileURLWithPath: name).lastPathComponent)
                }
            default:
                report(line: line, key: key, expected: "${env:NAME} or ${file:PATH}", got: "‘\(reference)’")
                return nil
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// Shorter values are words and numbers, not credentials.
    private func remember(_ value: String, source: SecretSource, name: String) {
        guard value.utf8.count >= 8 else { return }
        let readable = name.lowercased().replacing("_", with: "-")
        referencedSecrets.append(Secret(name: readable, source: source, value: value))
    }

    /// Resolves a secret from the environment or a file. A variable that is not set leaves it unresolved, which is no mistake:
    /// the checks that need it are skipped and say so. A secret of Secrets Manager stays unresolved until AWS is asked.
    func resolve(_ secret: Secret, key: String, line: Int?) -> Secret {
        switch secret.source {
        case .environment(let name):
            guard let value = environment[name], !value.isEmpty else { return secret }
            return secret.resolved(value)
        case .file(let name):
            guard let value = contents(of: name, key: key, line: line), !value.isEmpty else { return secret }
            return secret.resolved(value)
        case .secretsManager: return secret
        }
    }

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
