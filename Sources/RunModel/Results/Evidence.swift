/// A piece of evidence as a check hands it over: bytes that anyone can read later.
public struct Evidence: Hashable, Sendable {
    /// What it is, for people: `GET /ready`.
    public var title: String
    /// The ending of its file: `txt`, `json`, `xml`, `html`, `bin`.
    public var fileExtension: String
    public var bytes: [UInt8]
    /// The exchange that it shows, where it shows one.
    public var exchange: Exchange?

    public init(_ title: String, fileExtension: String = "txt", bytes: [UInt8], exchange: Exchange? = nil) {
        self.title = title
        self.fileExtension = fileExtension
        self.bytes = bytes
        self.exchange = exchange
    }

    public init(_ title: String, fileExtension: String = "txt", text: String, exchange: Exchange? = nil) {
        self.init(title, fileExtension: fileExtension, bytes: Array(text.utf8), exchange: exchange)
    }
}

/// Where a piece of evidence lies: `evidence/<sha256>.<ext>` of the run's directory and of the bundle.
public struct EvidenceReference: Hashable, Sendable, Codable {
    public var title: String
    /// SHA-256 of the redacted bytes, in lower-case hexadecimal.
    public var sha256: String
    public var fileExtension: String
    /// In bytes.
    public var size: Int
    /// The exchange that it shows; nil where it shows none, or several.
    public var exchange: Exchange?

    public init(title: String, sha256: String, fileExtension: String, size: Int, exchange: Exchange? = nil) {
        self.title = title
        self.sha256 = sha256
        self.fileExtension = fileExtension
        self.size = size
        self.exchange = exchange
    }

    public var path: String { "evidence/\(sha256).\(fileExtension)" }
}
