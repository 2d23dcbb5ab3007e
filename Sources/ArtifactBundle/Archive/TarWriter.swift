import CArchive
import Formats

/// Writes a compressed tar to a new file and hashes what it writes. Used on one thread only.
final class TarWriter {
    private let archive: OpaquePointer
    private let file: PosixFile
    private var hasher = SHA256Hasher()
    private var failure: BundleError?

    /// - Throws: `inputOutput` when the file exists or cannot be created.
    init(creating path: String, compression: BundleCompression) throws(BundleError) {
        file = try PosixFile(creating: path)
        guard let archive = archive_write_new() else {
            throw BundleError(.library, path, "libarchive has no memory for a writer")
        }
        self.archive = archive
        // GNU tar keeps names as plain bytes; pax would convert them by the locale of the process.
        try check(archive_write_set_format_gnutar(archive))
        switch compression {
        case .gzip:
            try check(archive_write_add_filter_gzip(archive))
            try check(archive_write_set_filter_option(archive, "gzip", "timestamp", nil))
            try check(archive_write_set_filter_option(archive, "gzip", "compression-level", "6"))
        case .zstd:
            try check(archive_write_add_filter_zstd(archive))
            try check(archive_write_set_filter_option(archive, "zstd", "compression-level", "3"))
            try check(archive_write_set_filter_option(archive, "zstd", "threads", "2"))
        }
        try check(archive_write_set_bytes_in_last_block(archive, 1))
        let client = Unmanaged.passUnretained(self).toOpaque()
        try check(archive_write_open(archive, client, nil, writeCallback, nil))
    }

    deinit { archive_write_free(archive) }

    /// Starts an entry; exactly `size` bytes must follow.
    func begin(_ path: String, size: Int64) throws(BundleError) {
        guard let entry = archive_entry_new() else {
            throw BundleError(.library, path, "libarchive has no memory for an entry")
        }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, path)
        archive_entry_set_size(entry, size)
        archive_entry_set_filetype(entry, TarFormat.regularFile)
        archive_entry_set_perm(entry, TarFormat.permissions)
        archive_entry_set_mtime(entry, TarFormat.modificationTime, 0)
        archive_entry_set_uid(entry, 0)
        archive_entry_set_gid(entry, 0)
        try check(archive_write_header(archive, entry))
    }

    /// Adds bytes to the entry begun last.
    func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError) {
        guard !bytes.isEmpty else { return }
        let written = archive_write_data(archive, bytes.baseAddress, bytes.count)
        guard written == bytes.count else {
            throw failure ?? BundleError(.library, file.path, "cannot write: \(TarFormat.errorText(archive))")
        }
    }

    /// Ends the archive and waits until it is on the disk.
    /// - Returns: the SHA-256 of the whole file and its size in bytes.
    func finish() throws(BundleError) -> (sha256: String, size: Int64) {
        try check(archive_write_close(archive))
        try file.synchronize()
        return (Digest.hexadecimal(hasher.finish()), try file.size())
    }

    private func check(_ status: Int32) throws(BundleError) {
        if let failure { throw failure }
        guard status == ARCHIVE_OK else {
            throw BundleError(.library, file.path, "libarchive: \(TarFormat.errorText(archive))")
        }
    }

    fileprivate func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        do throws(BundleError) {
            hasher.update(bytes)
            try file.write(bytes)
            return bytes.count
        } catch {
            failure = error
            return -1
        }
    }
}

private func writeCallback(
    _ archive: OpaquePointer?, _ client: UnsafeMutableRawPointer?, _ buffer: UnsafeRawPointer?, _ count: Int
) -> la_ssize_t {
    guard let client else { return -1 }
    let writer = Unmanaged<TarWriter>.fromOpaque(client).takeUnretainedValue()
    return writer.take(UnsafeRawBufferPointer(start: buffer, count: count))
}
