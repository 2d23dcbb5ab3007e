import Formats

/// The entries of a bundle in the order in which they are written, with sizes and digests.
struct BundlePlan {
    struct Item {
        var content: BundleContent
        var entry: BundleEntry
    }

    let items: [Item]

    var entries: [BundleEntry] { items.map(\.entry) }

    /// Reads every source once for its digest.
    /// - Throws: `badPath`, `duplicatePath`, `tooLarge`, and what reading the sources throws.
    init(
        _ contents: [BundleContent], _ limits: BundleLimits, _ cancellation: ArchiveThread.Cancellation
    ) throws(BundleError) {
        guard contents.count < limits.entries else {
            throw BundleError(.tooLarge, "bundle", "has \(contents.count) entries, \(limits.entries) are allowed")
        }
        var items: [Item] = []
        items.reserveCapacity(contents.count)
        var total: Int64 = 0
        var known: Set<String> = []
        for content in contents.sorted(by: { BundlePath.precedes($0.path, $1.path) }) {
            try Self.check(content.path, known)
            known.insert(content.path)
            let digest = try content.forEachBlock(upTo: nil, cancellation) { _ throws(BundleError) in }
            total += digest.size
            guard digest.size <= limits.entryBytes, total <= limits.totalBytes else {
                throw BundleError(
                    .tooLarge, content.path,
                    "\(digest.size) bytes; \(limits.entryBytes) are allowed for one file, \(limits.totalBytes) for all")
            }
            let entry = BundleEntry(
                path: content.path, size: digest.size, sha256: digest.sha256,
                mediaType: MediaType.of(path: content.path))
            items.append(Item(content: content, entry: entry))
        }
        self.items = items
    }

    /// Directories sort before what is in them, so a file in the place of a directory is already known.
    private static func check(_ path: String, _ known: Set<String>) throws(BundleError) {
        if let fault = BundlePath.fault(in: path) { throw BundleError(.badPath, path, fault) }
        if path == BundlePath.manifest || path.hasPrefix(BundlePath.manifest + "/") {
            throw BundleError(.badPath, path, "this path belongs to the manifest, which is written with the bundle")
        }
        if known.contains(path) { throw BundleError(.duplicatePath, path, "is given twice") }
        for index in path.indices where path[index] == "/" && known.contains(String(path[..<index])) {
            throw BundleError(.duplicatePath, path, "lies under \(path[..<index]), which is a file")
        }
    }
}

extension BundleContent {
    /// The SHA-256 of the bytes as they are now, in lower-case hexadecimal.
    public func sha256() throws(BundleError) -> String {
        try forEachBlock(upTo: nil, ArchiveThread.Cancellation()) { _ throws(BundleError) in }.sha256
    }

    /// Hands over the bytes block by block.
    /// - Parameter limit: the bytes to take from a file that may have grown; nil for those it has now.
    /// - Throws: `badSource` when the file has fewer bytes than the limit.
    func forEachBlock(
        upTo limit: Int64?, _ cancellation: ArchiveThread.Cancellation,
        _ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void
    ) throws(BundleError) -> (sha256: String, size: Int64) {
        switch source {
        case .bytes(let bytes):
            try bytes.withUnsafeBufferPointer { (buffer) throws(BundleError) -> Void in
                try body(UnsafeRawBufferPointer(buffer))
            }
            return (Digest.sha256Hex(of: bytes), Int64(bytes.count))
        case .file(let url):
            let file = try PosixFile(reading: url.path)
            let present = try file.size()
            let size = limit ?? present
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: TarFormat.blockBytes, alignment: 16)
            defer { buffer.deallocate() }
            var hasher = SHA256Hasher()
            var left = size
            while left > 0 {
                try cancellation.check(path)
                let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(Int(min(left, Int64(buffer.count)))))
                let count = try file.read(into: wanted)
                guard count > 0 else {
                    throw BundleError(.badSource, url.path, "became shorter while it was packed")
                }
                let block = UnsafeRawBufferPointer(rebasing: wanted.prefix(count))
                hasher.update(block)
                try body(block)
                left -= Int64(count)
            }
            return (Digest.hexadecimal(hasher.finish()), size)
        }
    }
}
