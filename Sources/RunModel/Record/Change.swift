import Foundation

/// Something that somebody changed: one line of the change record, whatever told of it.
public struct Change: Hashable, Sendable, Codable {
    /// What told of it.
    public enum Origin: String, Sendable, Codable { case cloudTrail = "cloudtrail", terraform, git }

    /// What kind of change it is, as far as causes of failures go.
    public enum Kind: String, CaseIterable, Sendable, Codable {
        case databasePassword = "database-password"
        case database
        case secret
        case securityGroup = "security-group"
        case network
        case taskDefinition = "task-definition"
        case service
        case task
        case listenerRule = "listener-rule"
        case targetGroup = "target-group"
        case loadBalancer = "load-balancer"
        case identity
        case bucket
        case cache
        case discovery
        case certificate
        case image
        case configuration
        case code
        case other
    }

    public var id: String
    public var origin: Origin
    public var kind: Kind
    public var at: Date
    /// The person, the role session (`role/session`) or the service that did it.
    public var actor: String
    /// The call, the Terraform action or the commit's subject.
    public var action: String
    /// Names or ARNs, most telling first.
    public var resources: [String]
    /// Values before, where derivable; never secrets.
    public var before: [String: String]
    /// Values after, where derivable; never secrets.
    public var after: [String: String]
    /// The address or service it came from.
    public var sourceAddress: String?
    /// Set when the call was refused: then nothing changed, but somebody tried.
    public var errorCode: String?

    public init(
        id: String, origin: Origin, kind: Kind, at date: Date, actor: String, action: String, resources: [String],
        before: [String: String] = [:], after: [String: String] = [:], sourceAddress: String? = nil,
        errorCode: String? = nil
    ) {
        self.id = id
        self.origin = origin
        self.kind = kind
        at = date
        self.actor = actor
        self.action = action
        self.resources = resources
        self.before = before
        self.after = after
        self.sourceAddress = sourceAddress
        self.errorCode = errorCode
    }
}

/// All changes of a window, oldest first: `metrics/changes.json`.
public struct ChangeRecord: Hashable, Sendable, Codable {
    public var from: Date
    public var to: Date
    public var changes: [Change]
    /// Events read, also those of no interest.
    public var eventsRead: Int
    /// Places that could not be read, and why.
    public var gaps: [String]

    public init(from: Date, to: Date, changes: [Change], eventsRead: Int, gaps: [String] = []) {
        self.from = from
        self.to = to
        self.changes = changes
        self.eventsRead = eventsRead
        self.gaps = gaps
    }
}
