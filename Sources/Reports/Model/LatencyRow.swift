import Formats
import Foundation
import RunModel

/// What one load on one endpoint measured.
struct LatencyRow {
    let endpoint: String
    /// What kind of load it was: the executor or the model; empty where one figure was taken.
    let load: String
    let check: CheckID
    /// Answers that were measured; nil where the check did not say how many.
    let requests: Double?
    /// Answers a second.
    let rate: Double?
    /// 0…1.
    let errors: Double?
    /// By the last part of the figure's name: `p50`, `p99`, `max`. In milliseconds.
    let values: [String: Double]

    static let columns = ["p50", "p90", "p95", "p99", "max"]
    /// A percentile is the word of the samples beyond it: with fewer, it is the word of chance.
    static let samplesBeyondPercentile = 10.0

    /// The fewest samples of which the column says something.
    static func floor(of column: String) -> Double {
        let percentile = ["p50": 50.0, "p90": 90, "p95": 95, "p99": 99][column]
        return percentile.map { (samplesBeyondPercentile / (1 - $0 / 100)).rounded() } ?? 1
    }

    /// In milliseconds; nil where it was not measured, or too few samples carry it.
    func value(_ column: String) -> Double? {
        guard let requests else { return column == "max" || column == "p50" ? values[column] : nil }
        return requests < Self.floor(of: column) ? nil : values[column]
    }

    func text(_ column: String) -> String { value(column).map(Figure.milliseconds) ?? "–" }

    /// Every load of a run, in the order of the checks; of a check with several endpoints each of them.
    static func all(in results: [CheckResult]) -> [LatencyRow] { results.flatMap(rows) }

    private struct Key: Hashable, Comparable {
        let endpoint: String
        let load: String
        static func < (left: Key, right: Key) -> Bool {
            guard left.endpoint == right.endpoint else { return left.endpoint < right.endpoint }
            // Two workers before ten.
            return left.load.compare(right.load, options: .numeric) == .orderedAscending
        }
    }

    private static func rows(of result: CheckResult) -> [LatencyRow] {
        var groups: [Key: [String: Double]] = [:]
        for metric in result.measurements {
            guard let (family, column) = column(of: metric) else { continue }
            guard columns.contains(column) || figures.contains(metric.name) || column == samples else { continue }
            groups[key(of: metric, family), default: [:]][column] =
                metric.value * (metric.unit == .seconds ? 1000 : 1)
        }
        return groups.filter { $0.value.keys.contains(where: columns.contains) }
            // A load that got no answer has nothing to say here; its errors stand with the check.
            .filter { $0.value["requests"] != 0 || $0.value["error_rate"] ?? 0 > 0 }.sorted { $0.key < $1.key }
            .map { key, values in
                LatencyRow(
                    endpoint: key.endpoint, load: key.load, check: result.id,
                    requests: values["requests"] ?? values[samples],
                    rate: values["rate"], errors: values["error_rate"], values: values)
            }
    }

    /// The parts of a figure's name before and after its last dot; nil where it has none.
    static func column(of metric: Metric) -> (family: String, column: String)? {
        let name = metric.name
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return (String(name[..<dot]), String(name[name.utf8.index(after: dot)...]))
    }

    /// How many figures a percentile outside of HTTP was taken of.
    static let samples = "samples"
    private static let figures = ["http.requests", "http.rate", "http.error_rate"]

    private static func key(of metric: Metric, _ family: String) -> Key {
        let labels = metric.labels
        let load = labels["load"] ?? labels["model"].map { "\($0) model" } ?? ""
        guard let endpoint = labels["endpoint"] else {
            let rest = labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            return Key(endpoint: family, load: rest)
        }
        return Key(endpoint: endpoint, load: load)
    }
}
