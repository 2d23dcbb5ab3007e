/// Nothing answered at an address.
public struct NoConnection: Hashable, Sendable, Codable {
    public enum Manner: String, CaseIterable, Sendable, Codable {
        /// The host answered that nobody listens.
        case refused
        /// Packets vanished: no connection within the deadline.
        case timedOut = "timed-out"
        /// The name has no address.
        case unresolved
        case unreachable
        /// The connection was there and was reset or closed without an answer.
        case reset
        /// The connection was there, and no answer came within the deadline.
        case silent
        /// Client and server could not agree on TLS.
        case tls
        /// What answers does not speak the protocol.
        case foreign
        case other
    }

    /// The component that stands at the address: of several that share it the one that takes the connection.
    public var component: Component
    /// `api.example.com:443`, in lower case; the host alone where no port is known.
    public var place: String
    public var manner: Manner

    public init(_ component: Component, at place: String, _ manner: Manner) {
        self.component = component
        self.place = place
        self.manner = manner
    }
}
