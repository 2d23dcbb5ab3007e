import Formats
import RunModel

/// One figure that a run measured outside of loads: use of pools, memory, the breaker, recoveries, artifacts.
struct FigureRow {
    let name: String
    let value: String
    let check: CheckID

    /// What stands in the tables of loads, and what one answer took, are not repeated.
    private static let tabled: Set<String> = ["http.requests", "http.rate", "http.error_rate", "http.time"]

    static func all(in record: RunRecord) -> [FigureRow] {
        record.rows.flatMap { row in
            row.result.measurements.filter { metric in
                let last = metric.name.split(separator: ".").last.map(String.init) ?? ""
                return !tabled.contains(metric.name) && !LatencyRow.columns.contains(last) && last != LatencyRow.samples
                    && !metric.name.hasPrefix("http.response_time")
            }
            .map { metric in
                let labels = metric.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                return FigureRow(
                    name: labels.isEmpty ? metric.name : "\(metric.name) (\(labels.joined(separator: ", ")))",
                    value: text(of: metric), check: row.result.id)
            }
        }
    }

    static func text(of metric: Metric) -> String {
        switch metric.unit {
        case .milliseconds: Figure.milliseconds(metric.value)
        case .seconds: Figure.milliseconds(metric.value * 1000)
        case .bytes: "\(Figure.oneDecimal(metric.value / 1e6)) MB"
        case .count: Figure.oneDecimal(metric.value)
        case .ratio: Figure.share(metric.value)
        case .perSecond: "\(Figure.oneDecimal(metric.value))/s"
        case .days: "\(Figure.oneDecimal(metric.value)) days"
        }
    }
}
