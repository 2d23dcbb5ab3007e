/// One disturbance of one direction of a proxy, with the field names of Toxiproxy's HTTP API.
struct Toxic: Sendable, Equatable {
    /// Unique within its proxy; `<type>_<stream>` unless the caller named it.
    let name: String
    let stream: Stream
    /// Share of the connections that get it, 0…1.
    var toxicity: Double
    var effect: Effect
    /// Changes with every update, so that a running connection sees that its stage is out of date.
    var revision = 0

    /// The direction a toxic works on, seen from the client.
    enum Stream: String, Sendable, Codable {
        /// Client to server.
        case upstream
        /// Server to client.
        case downstream
    }

    /// What is done to the bytes; all times in milliseconds, as on the wire.
    enum Effect: Sendable, Equatable {
        /// Every chunk arrives `latency` ± `jitter` later, in order.
        case latency(latency: Int, jitter: Int)
        /// Bytes are dropped; the connection closes after `timeout`, or never when that is 0.
        case timeout(Int)
        /// The first bytes are answered by a TCP reset, `timeout` later.
        case resetPeer(timeout: Int)
        /// At most `rate` kilobytes (1000 bytes) a second; 0 is no limit.
        case bandwidth(rate: Int)
        /// The end of the stream arrives `delay` late.
        case slowClose(delay: Int)
        /// The connection closes once this many bytes have passed.
        case limitData(bytes: Int)
    }
}

extension Toxic.Effect {
    /// Toxiproxy's name of the type.
    var type: String {
        switch self {
        case .latency: "latency"
        case .timeout: "timeout"
        case .resetPeer: "reset_peer"
        case .bandwidth: "bandwidth"
        case .slowClose: "slow_close"
        case .limitData: "limit_data"
        }
    }

    /// Every attribute of the type with its value.
    var attributes: [String: Int] {
        switch self {
        case .latency(let latency, let jitter): ["latency": latency, "jitter": jitter]
        case .timeout(let timeout): ["timeout": timeout]
        case .resetPeer(let timeout): ["timeout": timeout]
        case .bandwidth(let rate): ["rate": rate]
        case .slowClose(let delay): ["delay": delay]
        case .limitData(let bytes): ["bytes": bytes]
        }
    }

    /// The effect of `type` with `attributes`; what is left out is 0.
    ///
    /// Stricter than Toxiproxy on purpose: a misspelt attribute would be a fault without effect.
    init(type: String, attributes: [String: Int]) throws(FaultProxyError) {
        func value(_ name: String) -> Int { attributes[name] ?? 0 }
        switch type {
        case "latency": self = .latency(latency: value("latency"), jitter: value("jitter"))
        case "timeout": self = .timeout(value("timeout"))
        case "reset_peer": self = .resetPeer(timeout: value("timeout"))
        case "bandwidth": self = .bandwidth(rate: value("rate"))
        case "slow_close": self = .slowClose(delay: value("delay"))
        case "limit_data": self = .limitData(bytes: value("bytes"))
        default: throw .invalidToxicType(type)
        }
        let known = self.attributes
        for (name, value) in attributes {
            guard known[name] != nil else {
                throw .badRequest("toxic type \(type) has no attribute '\(name)', only \(known.keys.sorted())")
            }
            // A day in milliseconds, a terabyte in bytes: beyond that it is a slip, and sums could overflow.
            guard (0...1_000_000_000_000).contains(value) else {
                throw .badRequest("attribute '\(name)' is \(value), expected 0 to 10^12")
            }
        }
    }
}
