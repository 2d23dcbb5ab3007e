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
        case dns
        case encryptionKey = "encryption-key"
        case firewall
        case scaling
        case stack
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
    /// What it was made on, by the names of ``ResourceName``; empty where nobody could tell.
    public var subjects: [String]
    /// What it was made on, and the parts of the platform that rest on it; empty where nobody could tell.
    public var components: [Component]
    /// Whether AWS did it on its own: scaled a service, or replaced its tasks.
    public var isAutomatic: Bool
    /// What is declared and not done, such as a plan that was not applied yet.
    public var isPlanned: Bool
    /// A command that takes it back, with the names in it; nil where none is known.
    public var undo: String?
    /// Values before, where derivable; never secrets.
    public var before: [String: String]
    /// Values after, where derivable; never secrets.
    public var after: [String: String]
    /// The address or service it came from.
    public var sourceAddress: String?
    /// Set when the call was refused: then nothing changed, but somebody tried.
    public var errorCode: String?
    /// Where it is declared, such as the resource's line in a Terraform file; nil where nobody could tell.
    public var place: SourceLine?

    public init(
        id: String, origin: Origin, kind: Kind, at date: Date, actor: String, action: String, resources: [String],
        subjects: [String] = [], components: [Component] = [], isAutomatic: Bool = false, isPlanned: Bool = false,
        undo: String? = nil,
        before: [String: String] = [:], after: [String: String] = [:], sourceAddress: String? = nil,
        errorCode: String? = nil, place: SourceLine? = nil
    ) {
        self.id = id
        self.origin = origin
        self.kind = kind
        at = date
        self.actor = actor
        self.action = action
        self.resources = resources
        self.subjects = subjects
        self.components = components
        self.isAutomatic = isAutomatic
        self.isPlanned = isPlanned
        self.undo = undo
        self.before = before
        self.after = after
        self.sourceAddress = sourceAddress
        self.errorCode = errorCode
        self.place = place
    }
}

extension Change {
    private enum CodingKeys: String, CodingKey {
        case id, origin, kind, at, actor, action, resources, subjects, components, isAutomatic, isPlanned, undo, before,
            after
        case sourceAddress, errorCode, place
    }

    /// The record of an earlier version says less.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(String.self, forKey: .id),
            origin: try container.decode(Origin.self, forKey: .origin),
            kind: try container.decode(Kind.self, forKey: .kind), at: try container.decode(Date.self, forKey: .at),
            actor: try container.decode(String.self, forKey: .actor),
            action: try container.decode(String.self, forKey: .action),
            resources: try container.decode([String].self, forKey: .resources),
            subjects: try container.decodeIfPresent([String].self, forKey: .subjects) ?? [],
            components: try container.decodeIfPresent([Component].self, forKey: .components) ?? [],
            isAutomatic: try container.decodeIfPresent(Bool.self, forKey: .isAutomatic) ?? false,
            isPlanned: try container.decodeIfPresent(Bool.self, forKey: .isPlanned) ?? false,
            undo: try container.decodeIfPresent(String.self, forKey: .undo),
            before: try container.decode([String: String].self, forKey: .before),
            after: try container.decode([String: String].self, forKey: .after),
            sourceAddress: try container.decodeIfPresent(String.self, forKey: .sourceAddress),
            errorCode: try container.decodeIfPresent(String.self, forKey: .errorCode),
            place: try container.decodeIfPresent(SourceLine.self, forKey: .place))
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
