import Formats
import RunModel

/// The percentiles that the run measured for one thing.
struct LatencyRow {
    let name: String
    /// By the last part of the figure's name: `p50`, `p99`, `max`. In milliseconds.
    let values: [String: Double]
    let check: CheckID

    static let columns = ["p50", "p90", "p95", "p99", "max"]

    func text(_ column: String) -> String { values[column].map(Figure.milliseconds) ?? "–" }

    /// Every set of percentiles in a run, by name.
    static func all(in record: RunRecord) -> [LatencyRow] {
        var rows: [LatencyRow] = []
        for (_, result) in record.rows {
            var groups: [String: [String: Double]] = [:]
            for metric in result.measurements where metric.unit == .milliseconds || metric.unit == .seconds {
                guard let dot = metric.name.lastIndex(of: ".") else { continue }
                let column = String(metric.name[metric.name.index(after: dot)...])
                guard columns.contains(column) else { continue }
                let name = describe(String(metric.name[..<dot]), metric.labels)
                groups[name, default: [:]][column] = metric.value * (metric.unit == .seconds ? 1000 : 1)
            }
            rows += groups.sorted { $0.key < $1.key }.map {
                LatencyRow(name: $0.key, values: $0.value, check: result.id)
            }
        }
        return rows
    }

    /// Single answers: one figure each, by endpoint.
    static func singleAnswers(in record: RunRecord) -> [LatencyRow] {
        record.rows.flatMap { row in
            row.result.measurements
                .filter { $0.name == "http.time" && $0.labels["phase"] == "total" }
                .map {
                    LatencyRow(
                        name: $0.labels["endpoint"] ?? $0.name, values: ["total": $0.value], check: row.result.id)
                }
        }
    }

    private static func describe(_ name: String, _ labels: [String: String]) -> String {
        if labels.isEmpty { return name }
        if labels.count == 1, let endpoint = labels["endpoint"] { return endpoint }
        return "\(name) (\(labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")))"
    }
}
