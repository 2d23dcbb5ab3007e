/// How artifacts come back other than they were stored.
public enum ArtifactChange: String, CaseIterable, Sendable, Codable {
    /// The bytes differ.
    case content
    /// Only artifacts whose names are not ASCII are affected.
    case nameEncoding = "name-encoding"
    /// They do not come back at all.
    case missing
    case listing
    /// A deleted or replaced one is still served.
    case stale
    /// They are kept where clients need credentials of their own.
    case elsewhere
}
