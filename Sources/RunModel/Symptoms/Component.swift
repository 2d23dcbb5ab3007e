/// A part of the system under test, or of what a run needs to look at it: what failures implicate and passes exonerate.
///
/// A kind, and a name where there may be several. It is written as `kind` or `kind:name`, such as `service:mlflow`,
/// `database` or `target-group:hokusai-api-tg`.
public struct Component: Hashable, Sendable {
    /// What sort of part it is.
    public enum Kind: String, CaseIterable, Sendable, Codable {
        /// Where Plumbline runs.
        case vantage
        /// A name in DNS or in a private zone.
        case dnsName = "dns-name"
        case service
        case database
        case redis
        case queue
        /// Where MLflow keeps artifacts.
        case artifactStore = "artifact-store"
        /// The API's proxy in front of MLflow.
        case proxy
        case breaker
        case certificate
        case key
        case setting
        /// A suite of tests of the team's own.
        case suite
        // AWS.
        case aws
        case identity
        case cluster
        case ecsService = "ecs-service"
        case task
        case taskDefinition = "task-definition"
        case image
        case loadBalancer = "load-balancer"
        case listener
        case listenerRule = "listener-rule"
        case targetGroup = "target-group"
        case databaseInstance = "database-instance"
        case cache
        case secret
        case bucket
        case namespace
        case discoveryService = "discovery-service"
        case securityGroup = "security-group"
        case subnet
        /// A connection that must be possible, as `from>to`.
        case flow
        case logGroup = "log-group"
        case alarm
        /// Another resource, by its name in ``ResourceName``.
        case resource
        /// From the journal of another version; the name is all of its text.
        case unknown
    }

    public var kind: Kind
    /// Tells apart components of one kind; empty where there is one only.
    public var name: String

    public init(_ kind: Kind, _ name: String = "") {
        self.kind = kind
        self.name = name
    }
}

extension Component {
    public static let vantage = Component(.vantage)
    public static let api = Component(.service, "api")
    public static let auth = Component(.service, "auth")
    public static let mlflow = Component(.service, "mlflow")
    public static let database = Component(.database)
    public static let redis = Component(.redis)
    public static let queue = Component(.queue)
    public static let artifactStore = Component(.artifactStore)
    public static let proxy = Component(.proxy)
    public static let breaker = Component(.breaker)
    /// The load balancer that answers for a service, where its name is not known.
    public static let balancer = Component(.loadBalancer)

    /// The part of the system behind a configured address: the registry host is the API, and both addresses of MLflow are
    /// MLflow.
    public static func service(_ service: Service) -> Component {
        switch service {
        case .api, .registry: .api
        case .auth: .auth
        case .mlflow, .mlflowDirect: .mlflow
        case .database: .database
        case .redis: .redis
        }
    }

    /// A dependency that a fault breaks.
    public static func dependency(_ dependency: Dependency) -> Component {
        switch dependency {
        case .mlflow: .mlflow
        case .postgres: .database
        case .redis: .redis
        case .auth: .auth
        case .queue: .queue
        case .network: Component(.flow)
        case .memory: .api
        }
    }

    /// A resource in AWS.
    public static func aws(_ kind: Kind, _ name: String = "") -> Component { Component(kind, name) }

    public static func setting(_ name: String) -> Component { Component(.setting, name) }
    public static func key(_ name: KeyName) -> Component { Component(.key, name.rawValue) }

    /// Whether it is the API, auth service or MLflow, or a data store: what an address can lead to.
    public var isService: Bool { [.service, .database, .redis].contains(kind) }
}

extension Component {
    // What `RawRepresentable` brings would make a text of it each time.
    public static func == (left: Component, right: Component) -> Bool {
        left.kind == right.kind && left.name == right.name
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(name)
    }
}

extension Component: RawRepresentable, Codable, CodingKeyRepresentable, Comparable, CustomStringConvertible {
    public var rawValue: String {
        kind == .unknown ? name : name.isEmpty ? kind.rawValue : "\(kind.rawValue):\(name)"
    }
    public var description: String { rawValue }

    public init(rawValue: String) {
        let parts = rawValue.split(separator: ":", maxSplits: 1).map(String.init)
        if let kind = parts.first.flatMap(Kind.init(rawValue:)), kind != .unknown {
            self.init(kind, parts.count == 2 ? parts[1] : "")
        } else {
            self.init(.unknown, rawValue)
        }
    }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public static func < (left: Component, right: Component) -> Bool { left.rawValue < right.rawValue }
}
