import Formats
import RunModel

/// One figure that a run measured outside of loads: use of pools, memory, the breaker, recoveries, artifacts.
struct FigureRow {
    let name: String
    let value: String
    /// Those that measured it, the first three by name.
    let checks: String

    /// What stands in the tables and charts of loads, and what one answer took, are not repeated.
    private static let tabled: Set<String> = [
        "http.requests", "http.rate", "http.error_rate", "http.time", "http.sweep_rate",
    ]

    /// What several checks measured, or one check at several numbers of clients, stands in one line from least to most.
    static func all(in results: [CheckResult]) -> [FigureRow] {
        var order: [String] = []
        var measured: [String: [(metric: Metric, check: CheckID)]] = [:]
        for result in results {
            for metric in result.measurements where !isTabled(metric) {
                let name = name(of: metric)
                if measured[name] == nil { order.append(name) }
                measured[name, default: []].append((metric, result.id))
            }
        }
        return order.map { name in
            let values = (measured[name] ?? []).sorted { $0.metric.value < $1.metric.value }
            let checks = Set(values.map(\.check.rawValue)).sorted()
            let (least, most) = (text(of: values[0].metric), text(of: values[values.count - 1].metric))
            return FigureRow(
                name: name, value: least == most ? least : "\(least) to \(most) (n \(values.count))",
                checks: checks.prefix(3).joined(separator: ", ")
                    + (checks.count > 3 ? " and \(checks.count - 3) more" : ""))
        }
    }

    private static func isTabled(_ metric: Metric) -> Bool {
        let last = LatencyRow.column(of: metric)?.column ?? metric.name
        return tabled.contains(metric.name) || LatencyRow.columns.contains(last) || last == LatencyRow.samples
            || metric.name.hasPrefix("http.response_time")
    }

    /// With its labels, but for those that number the same measurement.
    private static func name(of metric: Metric) -> String {
        let labels = metric.labels.filter { !["clients", "retry"].contains($0.key) }
            .sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return labels.isEmpty ? metric.name : "\(metric.name) (\(labels.joined(separator: ", ")))"
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
