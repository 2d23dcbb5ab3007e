import CArchive

/// Bytes that may be one compressed stream, such as a body that a server sent as it was stored.
public enum CompressedBody {
    /// More than this is not looked at, in bytes.
    private static let largest = 32 << 20

    /// The bytes, decompressed when they are one whole stream of gzip (RFC 1952) or zstd (RFC 8878); else as they are.
    public static func decompressed(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.starts(with: [0x1F, 0x8B]) || bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]),
            let archive = archive_read_new()
        else { return bytes }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_zstd(archive)
        archive_read_support_format_raw(archive)
        return bytes.withUnsafeBytes { buffer in
            var entry: OpaquePointer?
            guard archive_read_open_memory(archive, buffer.baseAddress, buffer.count) == ARCHIVE_OK,
                archive_read_next_header(archive, &entry) == ARCHIVE_OK
            else { return bytes }
            var result: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = archive_read_data(archive, &block, block.count)
                if count == 0 { return result }
                guard count > 0, result.count + count <= largest else { return bytes }
                result += block[..<count]
            }
        }
    }
}
