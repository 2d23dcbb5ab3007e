/// One thing that is wrong with a bundle.
public struct BundleProblem: Hashable, Sendable, Codable, CustomStringConvertible {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The file is not the one that its `.sha256` names.
        case checksumMismatch = "checksum-mismatch"
        /// The `.sha256` beside the file is not a line of sha256sum for it.
        case checksumFileInvalid = "checksum-file-invalid"
        /// The archive breaks off or cannot be unpacked; what follows was not seen.
        case unreadable
        /// The header of the compressed stream is not the one that a bundle has.
        case framing
        /// Something follows the end of the archive.
        case trailingData = "trailing-data"
        case manifestMissing = "manifest-missing"
        case manifestInvalid = "manifest-invalid"
        /// The manifest names it, the archive does not have it.
        case missing
        /// The archive has it, the manifest does not name it.
        case extra
        case duplicate
        case sizeMismatch = "size-mismatch"
        case digestMismatch = "digest-mismatch"
        /// A directory, link, pipe or device; it is never followed or created.
        case wrongType = "wrong-type"
        /// Owner, mode or time differ from those that every bundle has.
        case metadata
        case outOfOrder = "out-of-order"
        /// Absolute, with `..`, not UTF-8, or with characters that deceive.
        case badPath = "bad-path"
        case tooLarge = "too-large"
    }

    public var kind: Kind
    /// The path inside the bundle, if the problem is about one entry.
    public var path: String?
    public var detail: String

    public init(_ kind: Kind, path: String? = nil, _ detail: String) {
        self.kind = kind
        self.path = path
        self.detail = detail
    }

    public var description: String {
        guard let path else { return "\(kind.rawValue): \(detail)" }
        return "\(kind.rawValue): \(path.debugDescription): \(detail)"
    }
}

/// What a look at every byte of a bundle has found.
public struct BundleVerification: Hashable, Sendable, Codable {
    public var problems: [BundleProblem]
    /// Nil when it is missing or invalid.
    public var manifest: BundleManifest?
    /// Of the whole file, in lower-case hexadecimal; empty when reading stopped early.
    public var sha256: String
    /// Of the whole file, or of what was read of it, in bytes.
    public var size: Int64
    /// Whether a `.sha256` next to the file was compared. Without it, a few padding bits of the compressed stream, which
    /// decide nothing of the contents, are not covered.
    public var comparedChecksumFile: Bool

    public var isSound: Bool { problems.isEmpty }
}
