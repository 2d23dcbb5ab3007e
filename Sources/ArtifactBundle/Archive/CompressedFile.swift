import Formats

/// The bytes of a bundle as they lie on the disk, in blocks, with their digest.
final class CompressedFile {
    let path: String
    private let file: PosixFile
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: TarFormat.blockBytes, alignment: 16)
    private var hasher = SHA256Hasher()
    private(set) var byteCount: Int64 = 0

    init(_ path: String) throws(BundleError) {
        self.path = path
        file = try PosixFile(reading: path)
    }

    deinit { buffer.deallocate() }

    /// The next block, valid until the next call; empty at the end.
    func next() throws(BundleError) -> UnsafeRawBufferPointer {
        let block = UnsafeRawBufferPointer(rebasing: buffer.prefix(try file.read(into: buffer)))
        hasher.update(block)
        byteCount += Int64(block.count)
        return block
    }

    /// Reads what nobody asked for, so that the digest covers the whole file. Used once.
    func finish(_ cancellation: ArchiveThread.Cancellation) throws(BundleError) -> String {
        while try !next().isEmpty { try cancellation.check(path, "it is a file of \(byteCount >> 20) MiB at least") }
        return Digest.hexadecimal(hasher.finish())
    }
}
