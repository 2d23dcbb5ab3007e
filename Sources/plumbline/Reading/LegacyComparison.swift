import Diagnosis
import Formats
import RunModel

/// What the original campaign said of each service, and what the checks of the same service say now.
struct LegacyComparison {
    let legacy: LegacyHealthReport
    let record: RunRecord

    init(_ legacy: LegacyHealthReport, _ record: RunRecord) {
        self.legacy = legacy
        self.record = record
    }

    var lines: [TonedLine] {
        [TonedLine("the report of \(legacy.timestamp) → \(record.header.runID)", .heading)]
            + legacy.services.map(line) + latencies
            + [TonedLine("Single checks cannot be compared: the original report names services only.")]
    }

    private func line(_ service: LegacyHealthReport.Service) -> TonedLine {
        let checks = record.rows.filter { Self.isAbout(service.name, $0.descriptor) }
        let failing = checks.filter { [.failed, .timeout].contains($0.result.status) }
        let said = checks.filter(\.result.status.isConclusive)
        let then = service.isWorking.map { $0 ? "working" : "not working" } ?? "not tested"
        let now =
            said.isEmpty
            ? "not tested" : "\(said.count - failing.count) of \(said.count) checks work"
        let tone: Tone = said.isEmpty ? .doubtful : failing.isEmpty ? .good : .bad
        return TonedLine("  \(service.name): \(then) (\(service.detail)) → \(now)", tone)
    }

    private static func isAbout(_ service: String, _ check: CheckDescriptor) -> Bool {
        switch service {
        case let name where name.contains("alb"): check.id.rawValue.hasPrefix("AWS-ALB-")
        case let name where name.contains("ecs"): check.id.rawValue.hasPrefix("AWS-ECS-")
        case let name where name.contains("mlflow"): check.category == .mlflow
        case let name where name.contains("redis"): check.category == .redis
        case let name where name.contains("database") || name.contains("postgres"): check.category == .database
        case let name where name.contains("auth"): check.category == .authentication
        default: check.category == .serviceHealth
        }
    }

    private var latencies: [TonedLine] {
        var means: [String: Double] = [:]
        for row in record.rows {
            for metric in row.result.measurements
            where metric.name == "http.time" && metric.labels["phase"] == "total" && metric.value.isFinite {
                means[metric.labels["endpoint"] ?? "", default: metric.value] = metric.value
            }
        }
        return legacy.latencies.sorted { $0.key < $1.key }.map { name, mean in
            let service = name.split(separator: "_").first.map(String.init) ?? name
            let now = means.filter { $0.key.hasPrefix("\(service) ") && $0.key.hasSuffix("/health") }.values.first
            let text = now.map { Duration.milliseconds(clamping: $0).readable } ?? "not measured"
            return TonedLine(
                "  \(name): mean \(Duration.milliseconds(clamping: mean).readable) → one answer in \(text)")
        }
    }
}
