/// Something that only one check at a time may use.
public struct Exclusion: RawRepresentable, Hashable, Sendable, Codable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// The MLflow circuit breaker: every health read may move it (contract §5.5).
    public static let breaker = Exclusion(rawValue: "breaker")
    /// The check runs alone: it measures latency or capacity, and whatever else is asked of the target would be measured with it.
    public static let loadWindow = Exclusion(rawValue: "load-window")
    /// The check runs alone: a fault is on, and any other observation would be misled.
    public static let everything = Exclusion(rawValue: "everything")

    /// Whether a check that excludes this runs alone.
    public var isOfEverything: Bool { self == .everything || self == .loadWindow }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
