import Formats

/// One figure, measured by a check.
public struct Metric: Hashable, Sendable, Codable {
    public enum Unit: String, Sendable, Codable {
        case milliseconds = "ms"
        case seconds = "s"
        case bytes
        case count
        case ratio
        case perSecond = "1/s"
        case days
    }

    /// Dotted lower-case name: `http.response_time.p95`.
    public var name: String
    public var value: Double
    public var unit: Unit
    /// What tells apart figures of one name: `["endpoint": "/health"]`.
    public var labels: [String: String]

    public init(_ name: String, _ value: Double, _ unit: Unit, labels: [String: String] = [:]) {
        self.name = name
        self.value = value
        self.unit = unit
        self.labels = labels
    }
}
