/// Something that is open and should be closed.
public struct Exposure: Hashable, Sendable, Codable {
    public enum Leak: String, CaseIterable, Sendable, Codable {
        /// Answers repeat the key.
        case keyInAnswer = "key-in-answer"
        /// The time of a refusal tells which key it was.
        case timing
        /// Works without TLS, or with an old one.
        case plainText = "plain-text"
        case withoutPassword = "without-password"
        case superuser
        case openToWorld = "open-to-world"
        /// Works with a key that was revoked.
        case revokedKey = "revoked-key"
        /// Another one may read or write it.
        case access
    }

    public var component: Component
    public var leak: Leak

    public init(_ component: Component, _ leak: Leak) {
        self.component = component
        self.leak = leak
    }
}
