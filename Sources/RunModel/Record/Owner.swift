/// Who answers for an area of the platform, as the configuration's `owners` names them.
public struct Owner: Hashable, Sendable, Codable {
    /// The team or person.
    public var name: String
    /// Where to ask: a chat channel, a queue of tickets, an address.
    public var channel: String?
    /// The person or the rota on duty.
    public var contact: String?
    /// Whom to go to when nobody answers.
    public var escalation: String?

    public init(name: String, channel: String? = nil, contact: String? = nil, escalation: String? = nil) {
        self.name = name
        self.channel = channel
        self.contact = contact
        self.escalation = escalation
    }

    /// The areas that findings are handed to.
    public static let areas = [
        "database", "identity", "network", "platform", "plumbline", "registry", "release", "service",
    ]
}
