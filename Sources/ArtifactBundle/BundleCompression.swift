/// How a bundle is compressed. Both forms are deterministic.
public enum BundleCompression: String, Sendable, CaseIterable, Codable {
    case gzip
    case zstd

    /// The ending of the file's name, with its dot.
    public var fileEnding: String {
        switch self {
        case .gzip: ".tar.gz"
        case .zstd: ".tar.zst"
        }
    }
}
