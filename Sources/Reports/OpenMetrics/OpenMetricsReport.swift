import Formats
import RunModel

/// What the run found and measured as OpenMetrics text 1.0, for a collector of text files or a push gateway.
struct OpenMetricsReport {
    private struct Family {
        let unit: String?
        let help: String
        var samples: [(labels: String, value: String)] = []
    }

    private let families: [(name: String, family: Family)]

    init(_ document: Document) {
        var families: [String: Family] = [:]
        let environment = ("environment", document.header.environment)
        func add(_ name: String, _ unit: String?, _ help: String, _ labels: [(String, String)], _ value: String) {
            families[name, default: Family(unit: unit, help: help)].samples.append(
                (Self.text(of: [environment] + labels), value))
        }
        add("plumbline_verdict_code", nil, "Exit code of the run.", [], String(document.verdict.exitCode))
        add(
            "plumbline_coverage_ratio", "ratio", "Share of planned checks that said something.", [],
            Self.number(document.verdict.coverage))
        add(
            "plumbline_run_start_seconds", "seconds", "When the run began, since 1970.", [],
            Self.number(Double(document.header.startedAt.millisecondsSince1970) / 1000))
        let rows = document.rows
        for status in Status.allCases {
            add(
                "plumbline_checks", nil, "Checks by status.", [("status", status.rawValue)],
                String(rows.count { $0.result?.status == status }))
        }
        for row in rows {
            guard let result = row.result else { continue }
            let check = ("check", row.descriptor.id.rawValue)
            add(
                "plumbline_check_working", nil, "1 when the check passed, 0 when it did not.",
                [check, ("category", row.descriptor.category.rawValue), ("status", result.status.rawValue)],
                row.isWorking ? "1" : "0")
            for metric in result.measurements where metric.value.isFinite {
                let labels = metric.labels.sorted { $0.key < $1.key }.map { (Self.name($0.key), $0.value) }
                let (unit, factor) = Self.unit(metric.unit)
                add(
                    "plumbline_" + Self.name(metric.name) + (unit.map { "_" + $0 } ?? ""), unit,
                    "Measured by checks: \(metric.name).", [check] + labels, Self.number(metric.value * factor))
            }
        }
        self.families = families.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    var text: String {
        var result = ""
        for (name, family) in families {
            result += "# TYPE \(name) gauge\n"
            if let unit = family.unit { result += "# UNIT \(name) \(unit)\n" }
            result += "# HELP \(name) \(Self.escaped(family.help))\n"
            var seen: Set<String> = []
            // Two samples of the same labels would make the whole text void; the first one stands.
            for sample in family.samples where seen.insert(sample.labels).inserted {
                result += "\(name){\(sample.labels)} \(sample.value)\n"
            }
        }
        return result + "# EOF\n"
    }

    /// Base units, as the specification wants them.
    private static func unit(_ unit: Metric.Unit) -> (name: String?, factor: Double) {
        switch unit {
        case .milliseconds: ("seconds", 0.001)
        case .seconds: ("seconds", 1)
        case .bytes: ("bytes", 1)
        case .ratio: ("ratio", 1)
        case .days: ("days", 1)
        case .count, .perSecond: (nil, 1)
        }
    }

    /// Letters, digits and underscores only.
    private static func name(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(100) {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": result.unicodeScalars.append(scalar)
            default: result += "_"
            }
        }
        return result.first.map { $0.isNumber } ?? true ? "_" + result : result
    }

    /// Of two labels of one name the first one stands.
    private static func text(of labels: [(String, String)]) -> String {
        var result = ""
        for (place, label) in labels.enumerated() where !labels[..<place].contains(where: { $0.0 == label.0 }) {
            if !result.isEmpty { result += "," }
            result += label.0
            result += "=\""
            result += escaped(VisibleText.line(label.1, limit: 200))
            result += "\""
        }
        return result
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { "\\\"\n".utf8.contains($0) }) else { return text }
        return text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// At most six decimals, the same in every locale.
    private static func number(_ value: Double) -> String {
        let rounded = (value * 1_000_000).rounded() / 1_000_000
        return rounded.isFinite ? "\(rounded)" : "\(value)"
    }
}
