import Formats

/// One condition of a probe, such as `status == 200` or `time < 500ms`.
struct ProbeCondition: Sendable, Hashable {
    enum Comparison: String, Sendable, CaseIterable {
        case equal = "=="
        case notEqual = "!="
        case atMost = "<="
        case atLeast = ">="
        case less = "<"
        case more = ">"
        case matches = "=~"
        case contains
    }

    /// What is looked at: `status`, `time`, `header.NAME`, `body`, `json.PATH`, `certificate_days`, `addresses`, `rows`, `value`.
    var subject: String
    var comparison: Comparison
    var value: String

    /// Reads a condition; nil when it is not one.
    init?(_ text: String) {
        // Longer signs first, so that `<=` is not taken for `<`.
        let order: [Comparison] = [.equal, .notEqual, .atMost, .atLeast, .matches, .less, .more, .contains]
        for comparison in order {
            let sign = " \(comparison.rawValue) "
            guard let range = text.range(of: sign) else { continue }
            let subject = Self.trimmed(text[..<range.lowerBound])
            let value = Self.trimmed(text[range.upperBound...])
            guard Self.isSubject(subject), !value.isEmpty else { return nil }
            self.subject = subject
            self.comparison = comparison
            self.value =
                value.count > 1 && value.hasPrefix("\"") && value.hasSuffix("\"")
                ? String(value.dropFirst().dropLast()) : value
            return
        }
        return nil
    }

    static let subjects = ["status", "time", "body", "certificate_days", "addresses", "rows", "value", "connected"]

    private static func isSubject(_ text: String) -> Bool {
        subjects.contains(text) || text.hasPrefix("header.") || text.hasPrefix("json.")
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    var text: String { "\(subject) \(comparison.rawValue) \(value)" }

    /// Whether an observed value fulfils the condition; nil when the two cannot be compared.
    func holds(for observed: String) -> Bool? {
        switch comparison {
        case .equal: return number(observed).flatMap { left in number(value).map { left == $0 } } ?? (observed == value)
        case .notEqual:
            return number(observed).flatMap { left in number(value).map { left != $0 } } ?? (observed != value)
        case .contains: return observed.contains(value)
        case .matches: return (try? Regex(value)).map { observed.contains($0) }
        case .less, .more, .atMost, .atLeast:
            guard let left = number(observed), let right = number(value) else { return nil }
            return switch comparison {
            case .less: left < right
            case .more: left > right
            case .atMost: left <= right
            default: left >= right
            }
        }
    }

    /// Numbers, and durations in milliseconds: `250ms`, `2s`.
    private func number(_ text: String) -> Double? {
        if let plain = Double(finite: text) { return plain }
        if text.hasSuffix("ms") { return Double(finite: text.dropLast(2)) }
        if text.hasSuffix("s") { return Double(finite: text.dropLast()).map { $0 * 1000 } }
        return nil
    }
}
