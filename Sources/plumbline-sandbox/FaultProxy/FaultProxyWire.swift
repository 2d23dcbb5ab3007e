import Foundation

/// Body of a request that creates or updates a proxy; absent fields keep their value.
struct ProxyRequest: Sendable, Codable {
    var name: String?
    var listen: String?
    var upstream: String?
    var enabled: Bool?
}

/// Body of a request that creates or updates a toxic; absent fields keep their value.
struct ToxicRequest: Sendable, Codable {
    var name: String?
    var type: String?
    var stream: String?
    var toxicity: Double?
    var attributes: [String: Int]?

    func checkedToxicity() throws(FaultProxyError) -> Double? {
        guard let toxicity else { return nil }
        guard (0...1).contains(toxicity) else { throw .badRequest("toxicity is \(toxicity), expected 0 to 1") }
        return toxicity
    }
}

extension Toxic: Encodable {
    private enum Key: String, CodingKey { case name, type, stream, toxicity, attributes }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(effect.type, forKey: .type)
        try container.encode(stream, forKey: .stream)
        try container.encode(toxicity, forKey: .toxicity)
        try container.encode(effect.attributes, forKey: .attributes)
    }
}

extension FaultProxy.Description: Encodable {
    private enum Key: String, CodingKey { case name, listen, upstream, enabled, toxics }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(listen, forKey: .listen)
        try container.encode(upstream, forKey: .upstream)
        try container.encode(enabled, forKey: .enabled)
        try container.encode(toxics, forKey: .toxics)
    }
}

/// One change of the proxies, as it is written to the log: the proof of what was injected, and that nothing was.
struct FaultProxyEvent: Sendable, Encodable {
    enum Kind: String, Sendable, Encodable {
        case proxyCreated = "proxy-created"
        case proxyUpdated = "proxy-updated"
        case proxyEnabled = "proxy-enabled"
        case proxyDisabled = "proxy-disabled"
        case proxyDeleted = "proxy-deleted"
        case proxyReset = "proxy-reset"
        case toxicAdded = "toxic-added"
        case toxicUpdated = "toxic-updated"
        case toxicRemoved = "toxic-removed"
    }

    let time: Date
    let event: Kind
    let proxy: FaultProxy.Description
    let toxic: Toxic?

    init(_ event: Kind, _ proxy: FaultProxy.Description, _ toxic: Toxic? = nil) {
        time = Date()
        self.event = event
        self.proxy = proxy
        self.toxic = toxic
    }
}
