/// One thing in a bundle that is not what its journal says.
public struct Contradiction: Hashable, Sendable, Codable, CustomStringConvertible {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The journal is damaged, or its last line is not whole.
        case journal
        /// The journal holds an event that no run writes at that place.
        case order
        /// The journal does not end with the end of a run.
        case end
        /// The verdict is not the one that follows from the journal.
        case verdict
        /// The manifest names another run.
        case run
        /// A document or state file is not what the journal renders to.
        case rendering
        /// What the journal renders to, names or kept is not there.
        case missing
        /// Nothing in the journal accounts for a file.
        case unaccounted
        /// A piece of evidence is not the one that a result names.
        case evidence
        /// A file that was kept is not the one that the journal names.
        case kept
        /// The undo log does not fit the journal.
        case undo
        /// The counts of what was masked cannot be read.
        case redaction
    }

    public var kind: Kind
    /// The path inside the bundle, if it is about one entry.
    public var path: String?
    public var detail: String

    public init(_ kind: Kind, _ path: String? = nil, _ detail: String) {
        self.kind = kind
        self.path = path
        self.detail = detail
    }

    public var description: String { "\(kind.rawValue): \(path.map { "\($0.debugDescription): " } ?? "")\(detail)" }
}
