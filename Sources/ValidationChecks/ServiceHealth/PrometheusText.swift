import CheckKit
import RunModel

/// A page in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/), with its mistakes.
struct PrometheusText: Sendable {
    struct Sample: Sendable, Hashable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    private(set) var samples: [Sample] = []
    /// Type by metric family: `counter`, `gauge`, `histogram`, `summary`, `untyped`.
    private(set) var types: [String: String] = [:]
    /// Lines that are neither sample nor comment, as `line number: text`.
    private(set) var problems: [String] = []

    init(_ text: String) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let trimmed = line.drop { $0 == " " || $0 == "\t" }
            if trimmed.isEmpty { continue }
            if trimmed.hasPrefix("#") {
                readComment(trimmed)
            } else if let sample = Self.sample(trimmed) {
                samples.append(sample)
            } else {
                problems.append("\(index + 1): \(trimmed.prefix(80))")
            }
        }
    }

    /// The first sample of a name.
    func value(_ name: String) -> Double? { samples.first { $0.name == name }?.value }

    private mutating func readComment(_ line: Substring) {
        let words = line.split(separator: " ")
        if words.count == 4, words[1] == "TYPE" { types[String(words[2])] = String(words[3]) }
    }

    private static func sample(_ line: Substring) -> Sample? {
        let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        guard !name.isEmpty, name.first?.isNumber == false else { return nil }
        var rest = line[name.endIndex...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            guard let read = Self.labels(&rest) else { return nil }
            labels = read
        }
        let words = rest.split(separator: " ")
        guard (1...2).contains(words.count), let value = MetricsText.number(words[0]) else { return nil }
        return Sample(name: String(name), labels: labels, value: value)
    }

    /// Reads `{a="b",c="d"}` and leaves what follows; nil when it does not end.
    private static func labels(_ rest: inout Substring) -> [String: String]? {
        rest.removeFirst()
        var labels: [String: String] = [:]
        while let first = rest.first {
            if first == "}" {
                rest.removeFirst()
                return labels
            }
            if first == "," || first == " " {
                rest.removeFirst()
                continue
            }
            let name = rest.prefix { $0 != "=" }
            rest = rest[name.endIndex...]
            guard rest.hasPrefix("=\"") else { return nil }
            rest = rest.dropFirst(2)
            var value = ""
            while let character = rest.first, character != "\"" {
                rest.removeFirst()
                guard character == "\\", let escaped = rest.first else {
                    value.append(character)
                    continue
                }
                rest.removeFirst()
                value.append(escaped == "n" ? "\n" : escaped)
            }
            guard rest.first == "\"" else { return nil }
            rest.removeFirst()
            labels[String(name)] = value
        }
        return nil
    }
}
