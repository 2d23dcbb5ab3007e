import CZlib

/// Packs bytes as one gzip member (RFC 1952), the same bytes for the same input.
enum Gzip {
    private static let windowBits: Int32 = 15 + 16

    static func pack(_ bytes: [UInt8]) throws(PublicationError) -> [UInt8] {
        var stream = z_stream()
        let opened = deflateInit2_(
            &stream, Z_BEST_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw PublicationError(.unusable, "zlib has no memory to pack the analysis") }
        defer { deflateEnd(&stream) }
        var packed = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        // zlib does not write to its input.
        let status = bytes.withUnsafeBufferPointer { input in
            packed.withUnsafeMutableBufferPointer { output in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { throw PublicationError(.unusable, "zlib cannot pack the analysis") }
        return Array(packed.prefix(Int(stream.total_out)))
    }
}
