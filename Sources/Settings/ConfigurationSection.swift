import Formats
import Foundation
import Secrets
import Yams

/// A mapping of the configuration file while it is read: hands out typed values and remembers every problem.
///
/// Reading never stops at the first mistake: each accessor records the problem and returns its default, so that a user
/// sees all of them at once. ``finish()`` reports the keys that nobody asked for.
final class ConfigurationSection {
    let path: String
    private let file: ConfigurationFile
    /// The entries by name; a search in the parser's own list would take longer with each key.
    private let entries: [String: Node]?
    /// The keys in the order of the file, with their lines.
    private let written: [(key: String, line: Int?)]
    private let line: Int?
    private var asked: Set<String> = []

    init(_ node: Node?, path: String, file: ConfigurationFile) {
        self.path = path
        self.file = file
        self.line = node?.mark?.line
        guard case .mapping(let mapping) = node else {
            entries = nil
            written = []
            switch node {
            case nil: break
            case .scalar(let scalar) where scalar.string.isEmpty || scalar.string == "null": break
            case .some(let other):
                file.report(line: line, key: path, expected: "a mapping of keys to values", got: other.kindDescription)
            }
            return
        }
        let pairs = mapping.compactMap { key, value in key.scalar.map { ($0, value) } }
        entries = Dictionary(pairs.map { ($0.0.string, $0.1) }) { first, _ in first }
        written = pairs.map { ($0.0.string, $0.0.mark?.line) }
        for (key, line) in written { file.note(qualified(key), line: line) }
    }

    var isPresent: Bool { entries != nil }

    // MARK: Values

    func string(_ key: String, default fallback: String) -> String {
        let text = text(key)
        record(key, .string(text?.shown ?? fallback), text?.references)
        return text?.value ?? fallback
    }

    func requiredString(_ key: String, place: ReferencePlace = .setting) -> String {
        guard node(key) != nil else {
            report(key, expected: "a value", got: "nothing", advice: "the key is required")
            return ""
        }
        let value = optionalString(key, place: place)
        if value == "" { report(key, expected: "a text that is not empty", got: "an empty text") }
        return value ?? ""
    }

    func optionalString(_ key: String, place: ReferencePlace = .setting) -> String? {
        let text = text(key, place: place)
        record(key, text.map { .string($0.shown) } ?? .null, text?.references)
        return text?.value
    }

    func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int> = 0...Int.max) -> Int {
        let number = optionalInteger(key, in: range)
        if number == nil { record(key, .integer(Int64(fallback))) }
        return number ?? fallback
    }

    func optionalInteger(_ key: String, in range: ClosedRange<Int> = 0...Int.max) -> Int? {
        guard let text = text(key) else {
            record(key, .null)
            return nil
        }
        guard let number = Int(text.value), range.contains(number) else {
            let limits =
                range.upperBound == .max
                ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            report(key, expected: "a whole number \(limits)", got: written(key))
            return nil
        }
        record(key, .integer(Int64(number)), text.references)
        return number
    }

    func number(_ key: String, default fallback: Double, in range: ClosedRange<Double>) -> Double {
        guard let text = text(key) else {
            record(key, .number(fallback))
            return fallback
        }
        guard let number = Double(finite: text.value), range.contains(number) else {
            report(key, expected: "a number from \(range.lowerBound) to \(range.upperBound)", got: written(key))
            return fallback
        }
        record(key, .number(number), text.references)
        return number
    }

    func boolean(_ key: String, default fallback: Bool) -> Bool {
        guard let text = text(key) else {
            record(key, .boolean(fallback))
            return fallback
        }
        let value: Bool
        switch text.value.lowercased() {
        case "true", "yes", "on": value = true
        case "false", "no", "off": value = false
        default:
            report(key, expected: "true or false", got: written(key))
            return fallback
        }
        record(key, .boolean(value), text.references)
        return value
    }

    func duration(_ key: String, default fallback: Duration) -> Duration {
        guard let text = text(key) else {
            record(key, .string(fallback.settingText))
            return fallback
        }
        guard let duration = Duration(text: text.value) else {
            report(key, expected: "a duration such as 500ms, 10s, 5m or 1h", got: written(key))
            return fallback
        }
        // A bare number is seconds to some and milliseconds to others.
        if text.value.last?.isNumber == true, duration > .zero {
            report(
                key, expected: "a duration with its unit, such as 500ms, 10s, 5m or 1h", got: written(key),
                advice: "write \(text.value)s for seconds, \(text.value)ms for milliseconds")
            return fallback
        }
        record(key, .string(duration.settingText), text.references)
        return duration
    }

    func choice<Value: RawRepresentable & CaseIterable>(_ key: String, default fallback: Value) -> Value
    where Value.RawValue == String {
        guard let text = text(key) else {
            record(key, .string(fallback.rawValue))
            return fallback
        }
        guard let value = Value(rawValue: text.value) else {
            let choices = Value.allCases.map(\.rawValue).joined(separator: ", ")
            report(key, expected: "one of \(choices)", got: written(key))
            return fallback
        }
        record(key, .string(value.rawValue), text.references)
        return value
    }

    /// A host without its port: a name, an address of either family, or the directory of a Unix socket.
    func host(_ key: String) -> String {
        let text = requiredString(key)
        guard !text.hasPrefix("/") else { return text }
        let address = NetworkAddress(text)
        guard text.isEmpty || address?.port == nil && address?.host == NetworkAddress(host: text).host else {
            report(
                key, expected: "a name or an address", got: written(key),
                advice: "the port is a key of its own: `port`")
            return text
        }
        return NetworkAddress(host: text).host
    }

    func url(_ key: String) -> String? {
        guard let text = optionalString(key, place: .url) else { return nil }
        guard let components = URLComponents(string: text), let scheme = components.scheme,
            ["http", "https"].contains(scheme),
            let host = components.host, !host.isEmpty, hasSoundPort(components), NetworkAddress(text) != nil
        else {
            report(key, expected: "an http or https URL with a host and no credentials", got: written(key))
            return nil
        }
        if components.user != nil || components.password != nil {
            report(
                key, expected: "a URL without credentials", got: "one with a user or password",
                advice: "use `keys` or `database` for secrets")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// A secret, which must be given by reference so that the file itself can be shown to anyone.
    func secret(_ key: String, name: String) -> Secret? {
        guard let node = node(key) else {
            record(key, .null)
            return nil
        }
        guard case .scalar(let scalar) = node, let source = SecretSource(Secrecy.reading(scalar.string).reference)
        else {
            report(
                key, expected: "a reference: ${env:NAME}, ${file:PATH} or ${secretsmanager:ID#FIELD}",
                got: "a value in clear", advice: "secrets never stand in the configuration file")
            return nil
        }
        let secret = file.resolve(Secret(name: name, source: source), key: qualified(key), line: node.mark?.line)
        record(key, .string(secret.placeholder), [source.description], isResolved: secret.isResolved)
        return secret
    }

    /// The path of a file that must be readable; relative ones start at the configuration file.
    func file(_ key: String) -> String? {
        guard let location = location(key) else { return nil }
        do throws(OutsideFileError) {
            try OutsideFile.examine(location, limit: Self.largestFile)
        } catch {
            report(
                key, expected: "a readable file", got: error.description,
                advice: "check that it exists and its permissions")
        }
        return location
    }

    /// The path of a file that need not be there yet; relative ones start at the configuration file.
    func location(_ key: String) -> String? { optionalString(key).map(file.location) }

    func strings(
        _ key: String, default fallback: [String] = [], place: ReferencePlace = .setting
    ) -> [String] {
        guard let node = node(key) else {
            record(key, fallback.isEmpty ? .null : .array(fallback.map(JSONValue.string)))
            return fallback
        }
        guard case .sequence(let sequence) = node else {
            report(key, expected: "a list of texts", got: node.kindDescription)
            return fallback
        }
        let texts = sequence.enumerated().compactMap { index, item -> Interpolation? in
            guard case .scalar(let scalar) = item else {
                file.report(
                    line: item.mark?.line, key: "\(qualified(key))[\(index)]", expected: "a text",
                    got: item.kindDescription)
                return nil
            }
            return file.interpolated(
                scalar.string, key: "\(qualified(key))[\(index)]", line: item.mark?.line, place: place)
        }
        record(key, .array(texts.map { .string($0.shown) }), texts.flatMap(\.references))
        return texts.map(\.value)
    }

    /// The largest file that a key may name, in bytes: the world's authorities take a quarter of a megabyte.
    private static let largestFile = 16 << 20

    /// Suites or probes that one configuration may have.
    private static let largestCount = 50_000

    /// A mapping with free keys and text values.
    ///
    /// - Parameter place: whether the redactor is to learn what references in the values give.
    func dictionary(
        _ key: String, default fallback: [String: String] = [:], place: ReferencePlace = .setting
    ) -> [String: String] {
        guard node(key) != nil else {
            if fallback.isEmpty { record(key, .null) }
            for (name, value) in fallback.sorted(by: { $0.key < $1.key }) { record("\(key).\(name)", .string(value)) }
            return fallback
        }
        let section = section(key)
        var result: [String: String] = [:]
        for name in section.keys { result[name] = section.optionalString(name, place: place) }
        return result
    }

    /// The text of a key with its references replaced; nil for a key that is not there or has something else.
    private func text(_ key: String, place: ReferencePlace = .setting) -> Interpolation? {
        guard let node = node(key) else { return nil }
        guard case .scalar(let scalar) = node else {
            report(key, expected: "a text", got: node.kindDescription)
            return nil
        }
        return file.interpolated(scalar.string, key: qualified(key), line: node.mark?.line, place: place)
    }

    // MARK: Where it comes from

    /// Remembers what counts for a key.
    ///
    /// - Parameter references: nil where the file does not say it.
    private func record(_ key: String, _ value: JSONValue, _ references: [String]? = nil, isResolved: Bool = true) {
        file.record(
            ConfigurationEntry(
                key: qualified(key), value: value,
                source: references == nil ? .standard : .file(line: entries?[key]?.mark?.line),
                references: references ?? [], isResolved: isResolved))
    }

    /// Says that what counts for a key follows from another setting.
    func derive(_ key: String, _ value: JSONValue, from setting: String) {
        file.record(
            ConfigurationEntry(
                key: qualified(key), value: value, source: .setting(setting), references: [], isResolved: true))
    }

    // MARK: Nested

    func section(_ key: String) -> ConfigurationSection {
        ConfigurationSection(node(key), path: qualified(key), file: file)
    }

    func optionalSection(_ key: String) -> ConfigurationSection? {
        guard let node = node(key) else {
            record(key, .null)
            return nil
        }
        return ConfigurationSection(node, path: qualified(key), file: file)
    }

    func sections(_ key: String) -> [ConfigurationSection] {
        guard let node = node(key) else {
            record(key, .null)
            return []
        }
        guard case .sequence(let sequence) = node else {
            report(key, expected: "a list", got: node.kindDescription)
            return []
        }
        // Aliases make long lists of short texts.
        guard sequence.count <= Self.largestCount else {
            report(key, expected: "at most \(Self.largestCount) entries", got: "\(sequence.count)")
            return []
        }
        return sequence.enumerated().map { index, item in
            ConfigurationSection(item, path: "\(qualified(key))[\(index)]", file: file)
        }
    }

    /// The keys that stand in the file, in its order.
    var keys: [String] { written.map(\.key) }

    // MARK: Problems

    func report(_ key: String, expected: String, got: String, advice: String? = nil) {
        file.report(
            line: entries?[key]?.mark?.line ?? line, key: qualified(key), expected: expected, got: got, advice: advice)
    }

    /// Reports every key that no accessor has asked for, with the nearest that exists.
    func finish() {
        for (key, line) in written where !asked.contains(key) {
            file.report(
                line: line, key: qualified(key),
                expected: asked.isEmpty ? "no key here" : "one of \(asked.sorted().joined(separator: ", "))",
                got: "an unknown key",
                advice: key.nearest(in: asked).map { "did you mean ‘\($0)’?" })
        }
    }

    private func node(_ key: String) -> Node? {
        asked.insert(key)
        guard let node = entries?[key] else { return nil }
        if case .scalar(let scalar) = node, scalar.style == .plain, ["", "~", "null"].contains(scalar.string) {
            return nil
        }
        return node
    }

    /// The value as it stands in the file, with references not replaced and credentials of URLs masked: messages go to logs.
    private func written(_ key: String) -> String {
        guard file.keepsMoreProblems, case .scalar(let scalar) = entries?[key] else { return "nothing" }
        return "‘\(scalar.string.excerpt(200))’"
    }

    /// A port that is no number of 1 to 65535 reads as none at all.
    private func hasSoundPort(_ components: URLComponents) -> Bool {
        if let port = components.port { return (1...65535).contains(port) }
        return components.rangeOfPort?.isEmpty ?? true
    }

    private func qualified(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

extension Node {
    var kindDescription: String {
        switch self {
        case .scalar(let scalar): "‘\(scalar.string.excerpt(60))’"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}

extension Duration {
    /// Reads `500ms`, `10s`, `2.5s`, `5m`, `1h` or a bare number of seconds.
    public init?(text: String) {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = Double(finite: text.dropLast(unit.suffix.count)),
                let duration = Duration.seconds(from: number * unit.seconds)
            else { return nil }
            self = duration
            return
        }
        return nil
    }
}
