/// One header of a tar, as it claims to be; nothing in it is believed yet.
struct TarHeader {
    /// Nil when the name is not UTF-8.
    var path: String?
    /// In bytes.
    var size: Int64
    /// What it is when it is not a plain file: `a symbolic link`.
    var otherKind: String?
    /// Whether owner, mode and time are those that every bundle has.
    var hasBundleMetadata: Bool
}

/// Reads the entries of a compressed tar one after another in constant memory. Used on one thread only.
///
/// It knows the one form in which bundles are written, GNU tar with plain files and long names, and nothing else: libarchive
/// keeps the map of a file with holes in memory, 800 MB of it from an archive of 1.4 MB.
final class TarReader {
    let source: DecompressedFile
    /// Bytes of the current entry's data that were not read.
    private var dataLeft: Int64 = 0
    private var paddingLeft = 0

    /// More than the longest path that a bundle may hold.
    private static let longestName = 4096

    /// - Throws: `damaged` when the file is not gzip or zstd, `inputOutput` when it cannot be read.
    init(
        _ file: CompressedFile, limit: Int64, _ cancellation: ArchiveThread.Cancellation
    ) throws(BundleError) {
        source = try DecompressedFile(file, limit: limit, cancellation)
    }

    /// The next header, or nil at the end of the tar.
    func next() throws(BundleError) -> TarHeader? {
        try skipRest()
        var longName: [UInt8]?
        while true {
            let block = try TarBlock(self.block())
            if block.isEmpty {
                guard try TarBlock(self.block()).isEmpty else { throw damaged("its end mark is half there") }
                return nil
            }
            guard block.hasChecksum else { throw damaged("a header does not fit its checksum") }
            guard let size = block.size else { throw damaged("a header has no size") }
            dataLeft = block.hasData ? size : 0
            paddingLeft = Int((512 - dataLeft % 512) % 512)
            guard block.isLongName else { return block.header(name: longName ?? block.name, size: size) }
            guard size <= Self.longestName else { throw damaged("a name is longer than \(Self.longestName) bytes") }
            longName = try name()
        }
    }

    /// Hands over the bytes of the entry begun last, in order.
    func readData(_ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void) throws(BundleError) {
        while dataLeft > 0 {
            let piece = try source.read(upTo: Int(clamping: dataLeft))
            guard !piece.isEmpty else { throw damaged("it breaks off") }
            dataLeft -= Int64(piece.count)
            try body(piece)
        }
    }

    /// Reads what follows the end of the tar.
    ///
    /// - Returns: whether there is anything but zeros.
    func hasTrailingBytes() throws(BundleError) -> Bool {
        while true {
            let piece = try source.read(upTo: .max)
            if piece.isEmpty { return try source.hasTrailingBytes() }
            guard piece.isZero else { return true }
        }
    }

    private func name() throws(BundleError) -> [UInt8] {
        var name: [UInt8] = []
        try readData { piece throws(BundleError) in name += piece }
        try skipRest()
        return Array(name.prefix { $0 != 0 })
    }

    private func skipRest() throws(BundleError) {
        try readData { _ throws(BundleError) in }
        while paddingLeft > 0 {
            let piece = try source.read(upTo: paddingLeft)
            guard !piece.isEmpty else { throw damaged("it breaks off") }
            guard piece.isZero else { throw damaged("there are bytes between two entries") }
            paddingLeft -= piece.count
        }
    }

    private func block() throws(BundleError) -> [UInt8] {
        var block: [UInt8] = []
        block.reserveCapacity(TarBlock.byteCount)
        while block.count < TarBlock.byteCount {
            let piece = try source.read(upTo: TarBlock.byteCount - block.count)
            guard !piece.isEmpty else { throw damaged("it breaks off") }
            block += piece
        }
        return block
    }

    private func damaged(_ reason: String) -> BundleError {
        BundleError(.damaged, source.compressed.path, "is not a sound tar: \(reason)")
    }
}
