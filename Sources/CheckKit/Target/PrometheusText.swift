import Formats
import Secrets

/// A page in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/), with its mistakes.
package struct PrometheusText: Sendable {
    package struct Sample: Sendable, Hashable {
        var name: String
        package var labels: [String: String]
        package var value: Double
    }

    package private(set) var samples: [Sample] = []
    /// Type by metric family: `counter`, `gauge`, `histogram`, `summary`, `untyped`.
    package private(set) var types: [String: String] = [:]
    /// Lines that are neither sample nor comment, as `line number: text`.
    package private(set) var problems: [String] = []

    package init(_ text: String) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let trimmed = line.drop(while: Self.isBlank)
            if trimmed.isEmpty { continue }
            if trimmed.hasPrefix("#") {
                readComment(trimmed)
            } else if let sample = Self.sample(trimmed) {
                samples.append(sample)
            } else {
                problems.append("\(index + 1): \(trimmed.excerpt(80))")
            }
        }
    }

    /// The value of a name: of the sample without labels, or of the first one.
    package func value(_ name: String) -> Double? {
        let all = samples.filter { $0.name == name }
        return (all.first { $0.labels.isEmpty } ?? all.first)?.value
    }

    /// A value of the format, which has words for what is no finite number.
    static func number(_ text: Substring) -> Double? {
        switch text.lowercased() {
        case "+inf", "inf": .infinity
        case "-inf": -.infinity
        case "nan": .nan
        default: Double(finite: text)
        }
    }

    /// Tokens stand apart by any number of blanks and tabs.
    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    private mutating func readComment(_ line: Substring) {
        let words = line.split(whereSeparator: Self.isBlank)
        if words.count == 4, words[1] == "TYPE" { types[String(words[2])] = String(words[3]) }
    }

    private static func sample(_ line: Substring) -> Sample? {
        let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        guard !name.isEmpty, name.first?.isNumber == false else { return nil }
        var rest = line[name.endIndex...]
        var labels: [String: String] = [:]
        let labelled = rest.drop(while: isBlank)
        if labelled.first == "{" {
            rest = labelled
            guard let read = Self.labels(&rest) else { return nil }
            labels = read
        }
        let words = rest.split(whereSeparator: isBlank)
        guard (1...2).contains(words.count), let value = number(words[0]) else { return nil }
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
            if first == "," || isBlank(first) {
                rest.removeFirst()
                continue
            }
            let name = rest.prefix { $0 != "=" && !isBlank($0) }
            rest = rest[name.endIndex...].drop(while: isBlank)
            guard rest.first == "=" else { return nil }
            rest = rest.dropFirst().drop(while: isBlank)
            guard rest.first == "\"" else { return nil }
            rest.removeFirst()
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
