import Formats
import RunModel

/// A suite of the team's own, with what it counted.
struct SuiteRow {
    let name: String
    let status: String
    let counts: String
    let took: String

    static func all(in document: Document) -> [SuiteRow] {
        document.rows.filter { $0.descriptor.category == .suites && $0.descriptor.id.rawValue.hasPrefix("SUITE-") }
            .map { row in
                let counted = (row.result?.measurements ?? []).filter { $0.name == "suite.tests" && $0.value > 0 }
                return SuiteRow(
                    name: row.descriptor.id.rawValue, status: row.status,
                    counts: counted.isEmpty
                        ? row.message
                        : counted.map { "\(Figure.oneDecimal($0.value)) \($0.labels["status"] ?? "")" }
                            .joined(separator: ", "),
                    took: row.result?.duration.readable ?? "–")
            }
    }

    /// Of all suites together; nil when none left a report.
    static func coverage(in results: [CheckResult]) -> String? {
        func value(_ name: String) -> Double? {
            results.lazy.compactMap { $0.measurements.first { $0.name == name }?.value }.first
        }
        guard let ratio = value("suite.coverage") else { return nil }
        guard let lines = value("suite.lines"), let covered = value("suite.lines_covered") else {
            return Figure.share(ratio)
        }
        return "\(Figure.share(ratio)): \(Figure.oneDecimal(covered)) of \(Figure.oneDecimal(lines)) lines"
    }
}
