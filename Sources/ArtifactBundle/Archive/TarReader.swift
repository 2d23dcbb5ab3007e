import CArchive

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
final class TarReader {
    let source: DecompressedFile
    private let archive: OpaquePointer
    private var isOpen = false

    /// - Parameter limit: the most bytes to unpack.
    /// - Throws: `damaged` when the file is not gzip or zstd, `inputOutput` when it cannot be read.
    init(_ file: CompressedFile, limit: Int64) throws(BundleError) {
        source = try DecompressedFile(file, limit: limit)
        guard let archive = archive_read_new() else {
            throw BundleError(.library, file.path, "libarchive has no memory for a reader")
        }
        self.archive = archive
        archive_read_support_format_tar(archive)
    }

    deinit { archive_read_free(archive) }

    /// The next header, or nil at the end of the tar.
    func next() throws(BundleError) -> TarHeader? {
        if !isOpen {
            isOpen = true
            let client = Unmanaged.passUnretained(source).toOpaque()
            try check(archive_read_open(archive, client, nil, readDecompressedCallback, nil))
        }
        var entry: OpaquePointer?
        let status = archive_read_next_header(archive, &entry)
        if status == ARCHIVE_EOF {
            if let failure = source.failure { throw failure }
            return nil
        }
        try check(status)
        guard let entry else { throw BundleError(.library, source.compressed.path, "libarchive gave no entry") }
        return header(entry)
    }

    /// Hands over the bytes of the entry begun last, in order and without holes.
    func readData(_ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void) throws(BundleError) {
        var expected: la_int64_t = 0
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: la_int64_t = 0
            let status = archive_read_data_block(archive, &start, &count, &offset)
            if status == ARCHIVE_EOF { return }
            try check(status)
            guard offset == expected else {
                throw BundleError(.damaged, source.compressed.path, "an entry has holes")
            }
            expected += la_int64_t(count)
            try body(UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    /// How many bytes of the tar have been read as headers, data and end marks.
    var consumedBytes: Int64 { archive_filter_bytes(archive, 0) }

    private func header(_ entry: OpaquePointer) -> TarHeader {
        var path: String?
        if let name = archive_entry_pathname(entry) ?? archive_entry_pathname_utf8(entry) {
            path = String(validatingCString: name)
        }
        let hasBundleMetadata =
            archive_entry_perm(entry) == TarFormat.permissions && archive_entry_uid(entry) == 0
            && archive_entry_gid(entry) == 0 && archive_entry_mtime(entry) == TarFormat.modificationTime
            && archive_entry_mtime_nsec(entry) == 0 && archive_entry_xattr_count(entry) == 0
            && (archive_entry_uname(entry).map { $0.pointee == 0 } ?? true)
            && (archive_entry_gname(entry).map { $0.pointee == 0 } ?? true)
        return TarHeader(
            path: path, size: archive_entry_size(entry), otherKind: Self.otherKind(entry),
            hasBundleMetadata: hasBundleMetadata)
    }

    private static func otherKind(_ entry: OpaquePointer) -> String? {
        if archive_entry_hardlink(entry) != nil { return "a hard link" }
        switch archive_entry_filetype(entry) {
        case TarFormat.regularFile: return archive_entry_sparse_count(entry) > 0 ? "a file with holes" : nil
        case 0o040000: return "a directory"
        case 0o120000: return "a symbolic link"
        case 0o010000: return "a pipe"
        case 0o020000, 0o060000: return "a device"
        default: return "of an unknown type"
        }
    }

    private func check(_ status: Int32) throws(BundleError) {
        if let failure = source.failure { throw failure }
        guard status == ARCHIVE_OK else {
            throw BundleError(.damaged, source.compressed.path, "is not a sound tar: \(TarFormat.errorText(archive))")
        }
    }
}

private func readDecompressedCallback(
    _ archive: OpaquePointer?, _ client: UnsafeMutableRawPointer?,
    _ buffer: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> la_ssize_t {
    guard let client else { return -1 }
    guard let block = Unmanaged<DecompressedFile>.fromOpaque(client).takeUnretainedValue().next() else { return -1 }
    buffer?.pointee = block.baseAddress
    return block.count
}
