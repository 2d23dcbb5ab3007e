import Secrets

/// An error that a server or a service gave in its own words: PostgreSQL, Redis, AWS, or one component speaking of another.
public struct ForeignError: Hashable, Sendable, Codable {
    public enum Reason: String, CaseIterable, Sendable, Codable {
        /// User, password or signature is refused.
        case authentication
        /// The identity may not do this.
        case permission
        case notFound = "not-found"
        /// All connections are taken, or too many requests.
        case exhausted
        /// Starting up, shutting down or loading.
        case notReady = "not-ready"
        /// A statement, command or call did not end in time.
        case timedOut = "timed-out"
        case connectionLost = "connection-lost"
        case refused
        case unresolved
        case certificate
        case other
    }

    /// Whose error it is.
    public var component: Component
    public var reason: Reason
    /// SQLSTATE, the code word of Redis, the error code of AWS.
    public var code: String
    public var says: String

    public init(_ component: Component, _ kind: Reason, code: String = "", says text: String = "") {
        self.component = component
        reason = kind
        self.code = code
        says = text.excerpt(HTTPAnswer.longestText)
    }
}
