import RunModel

/// What one endpoint carried with more and more clients.
struct SweepRow {
    let endpoint: String
    let check: CheckID
    /// Answers a second by the number of clients, fewest clients first.
    let rates: [(clients: Int, rate: Double)]

    static let metric = "http.sweep_rate"

    var chart: String {
        MermaidChart.line(
            "\(endpoint): answers a second", x: ("clients at once", rates.map { String($0.clients) }),
            y: ("answers a second", rates.map(\.rate)))
    }

    static func all(in results: [CheckResult]) -> [SweepRow] {
        results.flatMap { result -> [SweepRow] in
            let measured = result.measurements.filter { $0.name == metric && $0.value.isFinite }
            let groups = Dictionary(grouping: measured) { $0.labels["endpoint"] ?? "" }
            return groups.sorted { $0.key < $1.key }.map { endpoint, metrics in
                let rates = metrics.compactMap { metric in
                    metric.labels["clients"].flatMap { Int($0) }.map { ($0, metric.value) }
                }
                return SweepRow(
                    endpoint: endpoint, check: result.id, rates: rates.sorted { $0.0 < $1.0 })
            }
        }
        .filter { $0.rates.count > 1 }
    }
}
