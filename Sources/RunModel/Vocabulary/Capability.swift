/// Something a check needs that a run may lack: a configured service, a key, or permission to do more than read.
///
/// A check whose capability is missing is not run; it is reported as skipped with the reason, before anything else runs.
public enum Capability: Hashable, Sendable {
    /// The configuration names this service.
    case reach(Service)
    /// The service is used over TLS, or should be: it is not on this machine.
    case tls(Service)
    /// The configuration gives this key.
    case key(KeyName)
    /// Permission to create things on the target (and to remove them again).
    case writes
    /// Permission to send more than a handful of requests.
    case load
    /// Permission and means to break one dependency.
    case faults(Dependency)
    /// Means to start an instance of the service with other settings.
    case launch
    /// A named variant of the build to start an instance of, from `launch.variants`.
    case variant(String)
    /// The configuration does not say that the deployment is without this part.
    case part(SystemPart)
    /// AWS is configured.
    case aws
    /// A capability that this version does not know, from the journal of another version.
    case unknown(String)
}

extension Capability: RawRepresentable {
    /// `reach:api`, `key:reader`, `faults:mlflow`, `writes`: the spelling of the journal and of the catalogue.
    public var rawValue: String {
        switch self {
        case .reach(let service): "reach:\(service.rawValue)"
        case .tls(let service): "tls:\(service.rawValue)"
        case .key(let name): "key:\(name)"
        case .writes: "writes"
        case .load: "load"
        case .faults(let dependency): "faults:\(dependency.rawValue)"
        case .launch: "launch"
        case .variant(let name): "variant:\(name)"
        case .part(let part): "part:\(part.rawValue)"
        case .aws: "aws"
        case .unknown(let text): text
        }
    }

    public init(rawValue: String) {
        let parts = rawValue.split(separator: ":", maxSplits: 1).map(String.init)
        let argument = parts.count == 2 ? parts[1] : ""
        let known: Capability? =
            switch parts.first {
            case "reach": Service(rawValue: argument).map(Capability.reach)
            case "tls": Service(rawValue: argument).map(Capability.tls)
            case "key": .key(KeyName(rawValue: argument))
            case "faults": Dependency(rawValue: argument).map(Capability.faults)
            case "variant": argument.isEmpty ? nil : .variant(argument)
            case "part": SystemPart(rawValue: argument).map(Capability.part)
            default: [.writes, .load, .launch, .aws].first { $0.rawValue == rawValue }
            }
        self = known ?? .unknown(rawValue)
    }
}

extension Capability: Codable, Comparable, CustomStringConvertible {
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
