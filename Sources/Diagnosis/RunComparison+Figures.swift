import Formats
import RunModel

extension RunComparison {
    /// The percentiles that are compared: the tail of many samples, and their middle.
    private static let columns = [".p50", ".p95"]

    /// By factor, largest first.
    static func speeds(from old: RunRecord, to new: RunRecord) -> [Speed] {
        var speeds: [Speed] = []
        for row in new.rows {
            guard let then = old.results[row.descriptor.id] else { continue }
            let before = figures(of: then)
            for (figure, after) in figures(of: row.result) {
                guard let value = before[figure], value > 0, after > 0, abs(after - value) >= speedFloor else {
                    continue
                }
                let factor = after / value
                if factor >= speedFactor || factor <= 1 / speedFactor {
                    speeds.append(
                        Speed(check: row.descriptor.id, figure: figure, before: value, after: after, factor: factor))
                }
            }
        }
        return speeds.sorted { ($1.factor, $0.check, $0.figure) < ($0.factor, $1.check, $1.figure) }
    }

    /// In milliseconds, by name and labels.
    private static func figures(of result: CheckResult) -> [String: Double] {
        var figures: [String: Double] = [:]
        for metric in result.measurements where metric.value.isFinite {
            guard metric.unit == .milliseconds || metric.unit == .seconds,
                columns.contains(where: metric.name.hasSuffix)
            else { continue }
            let labels = metric.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            let name = ([metric.name] + labels).joined(separator: ", ")
            figures[name] = metric.value * (metric.unit == .seconds ? 1000 : 1)
        }
        return figures
    }

    /// Facts that are of one run and never the same.
    private static let ofOneRun = ["registration.*", "suite.start.*", "comparison.*"]

    static func differences(from old: RunRecord, to new: RunRecord, expected: [String]) -> [Difference] {
        let (before, after) = (settings(of: old), settings(of: new))
        return Set(before.keys).union(after.keys).sorted().compactMap { name in
            let (then, now) = (before[name] ?? "–", after[name] ?? "–")
            guard then != now, !ofOneRun.contains(where: { GlobPattern($0).matches(name) }) else { return nil }
            return Difference(
                name: name, before: then, after: now,
                isExpected: expected.contains { GlobPattern($0).matches(name) })
        }
    }

    /// Everything that a run found out or was told about what it looked at.
    private static func settings(of record: RunRecord) -> [String: String] {
        var settings: [String: String] = [:]
        for result in record.results.values.sorted(by: { $0.id < $1.id }) {
            for (name, value) in result.facts where settings[name.rawValue] == nil { settings[name.rawValue] = value }
        }
        for (name, value) in record.identity ?? [:] { settings["deployed.\(name)"] = value }
        for (name, value) in record.header.target { settings["target.\(name)"] = value }
        return settings
    }
}
