import Formats

/// A value that must never leave the process in clear. Its descriptions show its name only.
///
/// A secret enters as a reference in the configuration and is resolved once, before the plan is made.
public struct Secret: Sendable, Hashable {
    /// The name in placeholders and messages, such as `database-password`.
    public let name: String
    public let source: SecretSource
    private let value: String?

    public init(name: String, source: SecretSource, value: String? = nil) {
        self.name = name
        self.source = source
        self.value = value
    }

    /// Whether the value is known: false when the environment variable is not set or the store has not been asked.
    public var isResolved: Bool { value != nil }

    /// The value in clear, for the one call that needs it. Nil while unresolved.
    public func reveal() -> String? { value }

    /// The same secret with its value.
    public func resolved(_ value: String) -> Secret { Secret(name: name, source: source, value: value) }

    /// What stands for the value wherever text leaves the process.
    public var placeholder: String { "‹secret:\(name)›" }

    /// Sixteen hexadecimal digits that change when the value changes, for the resume key; `unresolved` without a value.
    ///
    /// It is keyed by the secret's name and iterated, so that short values cannot be looked up in a table.
    public var version: String {
        guard let value else { return "unresolved" }
        var digest = Digest.hmacSHA256(key: Array("plumbline-secret-version/\(name)".utf8), message: value.utf8)
        for _ in 0..<2000 { digest = Digest.hmacSHA256(key: digest, message: value.utf8) }
        return Digest.hexadecimal(digest.prefix(8))
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { placeholder }
    public var debugDescription: String { placeholder }
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

/// Where a secret comes from.
public enum SecretSource: Sendable, Hashable, CustomStringConvertible {
    /// `${env:NAME}`
    case environment(String)
    /// `${file:PATH}`, relative to the configuration file; a final newline is not part of the value.
    case file(String)
    /// `${secretsmanager:ID}` or `${secretsmanager:ID#FIELD}` of a JSON secret.
    case secretsManager(id: String, field: String?)
    /// No reference: the run made it, or was handed it.
    case learned

    public var description: String {
        switch self {
        case .environment(let name): "${env:\(name)}"
        case .file(let path): "${file:\(path)}"
        case .secretsManager(let id, let field): "${secretsmanager:\(id)\(field.map { "#" + $0 } ?? "")}"
        case .learned: "a value that the run was given"
        }
    }

    /// Reads the reference form, without a mark of its secrecy (``Secrecy``); nil when the text is not one.
    public init?(_ text: String) {
        guard text.hasPrefix("${"), text.hasSuffix("}"), let colon = text.firstIndex(of: ":") else { return nil }
        let scheme = text[text.index(text.startIndex, offsetBy: 2)..<colon]
        let rest = String(text[text.index(after: colon)...].dropLast())
        guard !rest.isEmpty else { return nil }
        switch scheme {
        case "env": self = .environment(rest)
        case "file": self = .file(rest)
        case "secretsmanager":
            let parts = rest.split(separator: "#", maxSplits: 1).map(String.init)
            self = .secretsManager(id: parts[0], field: parts.count == 2 ? parts[1] : nil)
        default: return nil
        }
    }
}

/// What a reference says of its value: `${env:NAME|secret}`, `${env:NAME|public}`; without a mark, the place where it stands decides.
public enum Secrecy: String, Sendable, CaseIterable {
    case secret, `public`

    /// Takes the mark off a reference.
    ///
    /// - Returns: the reference without it, and the mark; nil where there is none.
    public static func reading(_ reference: String) -> (reference: String, secrecy: Secrecy?) {
        for mark in allCases where reference.hasSuffix("|\(mark.rawValue)}") {
            return (String(reference.dropLast(mark.rawValue.count + 2)) + "}", mark)
        }
        return (reference, nil)
    }
}
