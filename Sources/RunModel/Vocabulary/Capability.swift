/// Something a check needs that a run may lack: a configured service, a key, or leave to do more than read.
///
/// A check whose capability is missing is not run; it is reported as skipped with the reason, before anything else runs.
public struct Capability: RawRepresentable, Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// The configuration names this service: `api`, `registry`, `auth`, `mlflow`, `mlflow-direct`, `database`, `redis`.
    public static func reach(_ service: String) -> Capability { Capability(rawValue: "reach:\(service)") }
    /// The configuration gives this key: `api`, `reader`, `revoked`, `expired`, …
    public static func key(_ name: String) -> Capability { Capability(rawValue: "key:\(name)") }
    /// Leave to create things on the target (and to remove them again).
    public static let writes = Capability(rawValue: "writes")
    /// Leave to send more than a handful of requests.
    public static let load = Capability(rawValue: "load")
    /// Leave and means to break one dependency: `mlflow`, `postgres`, `redis`, `queue`, `network`.
    public static func faults(_ dependency: String) -> Capability { Capability(rawValue: "faults:\(dependency)") }
    /// Means to start an instance of the service with other settings.
    public static let launch = Capability(rawValue: "launch")
    /// AWS is configured.
    public static let aws = Capability(rawValue: "aws")

    public var description: String { rawValue }
    public static func < (left: Capability, right: Capability) -> Bool { left.rawValue < right.rawValue }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
