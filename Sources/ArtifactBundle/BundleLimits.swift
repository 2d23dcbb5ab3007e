/// What a bundle may hold at most. A bundle comes from outside when it is read, so every size is bounded before memory is spent.
public struct BundleLimits: Hashable, Sendable {
    public var entries: Int
    /// How many directories unpacking may make.
    public var directories: Int
    /// The unpacked size of one entry, in bytes.
    public var entryBytes: Int64
    /// The unpacked size of the whole archive with its headers, in bytes.
    public var totalBytes: Int64
    /// The size of `manifest.json`, in bytes; it is the only entry that is held in memory.
    public var manifestBytes: Int64

    /// How long reading may take; nil for as long as it needs.
    public var duration: Duration?

    public init(
        entries: Int = 200_000, directories: Int = 200_000, entryBytes: Int64 = 2 << 30, totalBytes: Int64 = 8 << 30,
        manifestBytes: Int64 = 64 << 20, duration: Duration? = nil
    ) {
        self.entries = entries
        self.directories = directories
        self.entryBytes = entryBytes
        self.totalBytes = totalBytes
        self.manifestBytes = manifestBytes
        self.duration = duration
    }

    /// For a bundle that may come from anybody: reading it takes half a minute and a quarter of a gigabyte of memory at most,
    /// whatever it holds, and so does writing it again.
    public static let untrusted = BundleLimits(
        entries: 20_000, directories: 5_000, entryBytes: 256 << 20, totalBytes: 384 << 20, manifestBytes: 16 << 20,
        duration: .seconds(20))
}
