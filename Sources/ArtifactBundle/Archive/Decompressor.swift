import CZlib
import CZstd

/// Unpacks one compressed stream, piece by piece, in memory that does not depend on what the stream says.
///
/// libarchive is not asked: it keeps the whole name in a gzip header (a name of 300 MB costs 600 MB), goes on with whatever
/// follows the first stream, and lets a zstd frame demand a window of 128 MiB.
protocol Decompressor: AnyObject {
    /// Takes from the front of the input and writes to the output.
    ///
    /// - Returns: how many bytes were written, and whether the stream has ended.
    /// - Throws: what is wrong with the stream, in words.
    func step(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFault) -> (written: Int, isEnd: Bool)
}

/// What is wrong with a compressed stream.
struct DecompressionFault: Error {
    let reason: String
}

/// One gzip member (RFC 1952). zlib compares checksum and length at its end.
final class GzipDecompressor: Decompressor {
    /// The largest window of 32 KiB, and 16 for a gzip header.
    private static let windowBits: Int32 = 15 + 16

    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(DecompressionFault) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw DecompressionFault(reason: "zlib has no memory for a reader") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFault) -> (written: Int, isEnd: Bool) {
        // zlib does not write to its input.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(output.count)
        let status = inflate(stream, Z_NO_FLUSH)
        input = UnsafeRawBufferPointer(rebasing: input.suffix(Int(stream.pointee.avail_in)))
        let written = output.count - Int(stream.pointee.avail_out)
        switch status {
        case Z_STREAM_END: return (written, true)
        case Z_OK, Z_BUF_ERROR: return (written, false)
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) }
            throw DecompressionFault(reason: reason ?? "zlib ends with \(status)")
        }
    }
}

/// One zstd frame (RFC 8878).
final class ZstdDecompressor: Decompressor {
    /// 8 MiB. Bundles are written with 2 MiB; a frame may ask for gigabytes.
    private static let largestWindow: Int32 = 23

    private let context: OpaquePointer

    init() throws(DecompressionFault) {
        guard let context = ZSTD_createDStream() else {
            throw DecompressionFault(reason: "libzstd has no memory for a reader")
        }
        self.context = context
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.largestWindow)
    }

    deinit { ZSTD_freeDStream(context) }

    func step(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFault) -> (written: Int, isEnd: Bool) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(status) == 0 else {
            throw DecompressionFault(reason: String(cString: ZSTD_getErrorName(status)))
        }
        input = UnsafeRawBufferPointer(rebasing: input.dropFirst(source.pos))
        return (target.pos, status == 0)
    }
}
