/// The tar inside a compressed file, in blocks, never more of it than the limit.
final class DecompressedFile {
    let compressed: CompressedFile
    private let decompressor: any Decompressor
    private let limit: Int64
    private let cancellation: ArchiveThread.Cancellation
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: TarFormat.blockBytes, alignment: 16)
    /// What was read of the file and not unpacked yet.
    private var input: UnsafeRawBufferPointer
    /// What was unpacked and not handed over yet.
    private var unpacked = UnsafeRawBufferPointer(start: nil, count: 0)
    private var hasEnded = false
    private(set) var byteCount: Int64 = 0
    /// Whether the header of a gzip member is not the one that a bundle has.
    let hasForeignHeader: Bool

    init(
        _ file: CompressedFile, limit: Int64, _ cancellation: ArchiveThread.Cancellation
    ) throws(BundleError) {
        compressed = file
        self.limit = limit
        self.cancellation = cancellation
        input = try file.next()
        hasForeignHeader = input.starts(with: TarFormat.gzipMagic) && !input.starts(with: TarFormat.gzipHeader)
        do throws(DecompressionFault) {
            if input.starts(with: TarFormat.gzipMagic) {
                decompressor = try GzipDecompressor()
            } else if input.starts(with: TarFormat.zstdMagic) {
                decompressor = try ZstdDecompressor()
            } else {
                throw DecompressionFault(reason: "it is not one gzip or zstd stream")
            }
        } catch {
            throw BundleError(.damaged, file.path, "cannot be unpacked: \(error.reason)")
        }
    }

    deinit { buffer.deallocate() }

    /// The next bytes, at most so many and at least one; valid until the next call, empty at the end.
    func read(upTo count: Int) throws(BundleError) -> UnsafeRawBufferPointer {
        if unpacked.isEmpty { unpacked = try block() }
        let piece = UnsafeRawBufferPointer(rebasing: unpacked.prefix(count))
        unpacked = UnsafeRawBufferPointer(rebasing: unpacked.dropFirst(count))
        return piece
    }

    /// Whether the file goes on after the end of the stream.
    func hasTrailingBytes() throws(BundleError) -> Bool {
        guard hasEnded, input.isEmpty else { return true }
        return try !compressed.next().isEmpty
    }

    private func block() throws(BundleError) -> UnsafeRawBufferPointer {
        while !hasEnded {
            try cancellation.check(compressed.path, "\(byteCount >> 20) MiB of it are unpacked")
            if input.isEmpty { input = try compressed.next() }
            let isTruncated = input.isEmpty
            let step: (written: Int, isEnd: Bool)
            do throws(DecompressionFault) {
                step = try decompressor.step(&input, into: buffer)
            } catch {
                throw BundleError(.damaged, compressed.path, "cannot be unpacked: \(error.reason)")
            }
            hasEnded = step.isEnd
            byteCount += Int64(step.written)
            guard byteCount <= limit else {
                throw BundleError(
                    .tooLarge, compressed.path, "unpacks to more than the \(limit >> 20) MiB that are allowed")
            }
            if step.written > 0 { return UnsafeRawBufferPointer(rebasing: buffer.prefix(step.written)) }
            if isTruncated, !hasEnded {
                throw BundleError(.damaged, compressed.path, "cannot be unpacked: it breaks off")
            }
        }
        return UnsafeRawBufferPointer(start: nil, count: 0)
    }
}
