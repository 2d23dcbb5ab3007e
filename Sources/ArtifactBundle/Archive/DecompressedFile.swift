import CArchive

/// The tar inside a compressed file, in blocks, never more of it than the limit.
final class DecompressedFile {
    let compressed: CompressedFile
    private let archive: OpaquePointer
    private let limit: Int64
    private(set) var byteCount: Int64 = 0
    private(set) var checksum = CRC32()
    /// How many bytes there are up to the last one that is not zero.
    private(set) var byteCountUpToLastNonzero: Int64 = 0
    private(set) var failure: BundleError?

    init(_ file: CompressedFile, limit: Int64) throws(BundleError) {
        compressed = file
        self.limit = limit
        guard let archive = archive_read_new() else {
            throw BundleError(.library, file.path, "libarchive has no memory for a reader")
        }
        self.archive = archive
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_zstd(archive)
        archive_read_support_format_raw(archive)
        let client = Unmanaged.passUnretained(compressed).toOpaque()
        try check(archive_read_open(archive, client, nil, readCompressedCallback, nil))
        var entry: OpaquePointer?
        try check(archive_read_next_header(archive, &entry))
        guard archive_filter_count(archive) == 2 else {
            throw BundleError(.damaged, file.path, "is not one gzip or zstd stream")
        }
    }

    deinit { archive_read_free(archive) }

    /// The next block, valid until the next call; empty at the end, nil after a failure.
    func next() -> UnsafeRawBufferPointer? {
        do throws(BundleError) {
            return try block()
        } catch {
            failure = error
            return nil
        }
    }

    /// Unpacks what the reader of the tar left, so that checksum and length cover everything.
    func drain() throws(BundleError) {
        while let block = next(), !block.isEmpty {}
        if let failure { throw failure }
    }

    private func block() throws(BundleError) -> UnsafeRawBufferPointer {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: la_int64_t = 0
        let status = archive_read_data_block(archive, &start, &count, &offset)
        if status == ARCHIVE_EOF { return UnsafeRawBufferPointer(start: nil, count: 0) }
        try check(status)
        let block = UnsafeRawBufferPointer(start: start, count: count)
        if let last = block.lastIndex(where: { $0 != 0 }) { byteCountUpToLastNonzero = byteCount + Int64(last) + 1 }
        byteCount += Int64(count)
        guard byteCount <= limit else {
            throw BundleError(.tooLarge, compressed.path, "unpacks to more than \(limit) bytes")
        }
        checksum.update(block)
        return block
    }

    private func check(_ status: Int32) throws(BundleError) {
        if let failure = compressed.failure { throw failure }
        guard status == ARCHIVE_OK else {
            throw BundleError(.damaged, compressed.path, "cannot be unpacked: \(TarFormat.errorText(archive))")
        }
    }
}

private func readCompressedCallback(
    _ archive: OpaquePointer?, _ client: UnsafeMutableRawPointer?,
    _ buffer: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> la_ssize_t {
    guard let client else { return -1 }
    guard let block = Unmanaged<CompressedFile>.fromOpaque(client).takeUnretainedValue().next() else { return -1 }
    buffer?.pointee = block.baseAddress
    return block.count
}
