import Formats
import Foundation
import RunModel

/// `infrastructure_health_report.json` of the original campaign, as far as a run can be compared with it.
public struct LegacyHealthReport: Sendable {
    /// What it says of a service, and the checks that look at the same today.
    public struct Service: Hashable, Sendable {
        public var name: String
        public var isWorking: Bool?
        public var detail: String
    }

    public let timestamp: String
    public let services: [Service]
    /// Mean response times in milliseconds, by endpoint.
    public let latencies: [String: Double]

    /// - Returns: nil for JSON that is no such report.
    public init?(_ data: Data) {
        guard let document = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any],
            let services = document["services"] as? [String: Any]
        else { return nil }
        timestamp = document["timestamp"] as? String ?? "an unknown time"
        self.services = services.sorted { $0.key < $1.key }.filter { $0.key != "latency_stats" }
            .map { Self.service($0.key, $0.value) }
        var latencies: [String: Double] = [:]
        for (name, value) in services["latency_stats"] as? [String: Any] ?? [:] {
            if let mean = (value as? [String: Any])?["avg_ms"] as? Double { latencies[name] = mean }
        }
        self.latencies = latencies
    }

    private static let good = ["healthy", "ok", "up", "active", "running", "passed"]
    private static let silent = ["not_tested", "unknown", "skipped"]

    private static func service(_ name: String, _ value: Any) -> Service {
        let words = statuses(in: value, depth: 0)
        let said = words.filter { !silent.contains($0) }
        return Service(
            name: name, isWorking: said.isEmpty ? nil : said.allSatisfy(good.contains),
            detail: words.isEmpty ? "no status" : words.joined(separator: ", "))
    }

    private static func statuses(in value: Any, depth: Int) -> [String] {
        guard depth < 6, let object = value as? [String: Any] else { return [] }
        return object.sorted { $0.key < $1.key }.flatMap { key, value -> [String] in
            if key == "status" || key == "health", let word = value as? String { return [word.lowercased()] }
            return statuses(in: value, depth: depth + 1)
        }
    }
}
