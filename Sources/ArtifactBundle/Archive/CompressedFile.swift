import Formats

/// The bytes of a bundle as they lie on the disk, in blocks, with their digest and their first and last bytes.
final class CompressedFile {
    let path: String
    private let file: PosixFile
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: TarFormat.blockBytes, alignment: 16)
    private var hasher = SHA256Hasher()
    private(set) var byteCount: Int64 = 0
    /// The first 10 bytes.
    private(set) var head: [UInt8] = []
    /// The last 8 bytes.
    private(set) var tail: [UInt8] = []
    private(set) var failure: BundleError?

    init(_ path: String) throws(BundleError) {
        self.path = path
        file = try PosixFile(reading: path)
    }

    deinit { buffer.deallocate() }

    /// The next block, valid until the next call; empty at the end, nil after a failure.
    func next() -> UnsafeRawBufferPointer? {
        do throws(BundleError) {
            let block = UnsafeRawBufferPointer(rebasing: buffer.prefix(try file.read(into: buffer)))
            hasher.update(block)
            byteCount += Int64(block.count)
            if head.count < 10 { head += block.prefix(10 - head.count) }
            tail = Array((tail + block.suffix(8)).suffix(8))
            return block
        } catch {
            failure = error
            return nil
        }
    }

    /// Reads what nobody asked for, so that the digest covers the whole file. Used once.
    func finish() throws(BundleError) -> String {
        while let block = next(), !block.isEmpty {}
        if let failure { throw failure }
        return Digest.hexadecimal(hasher.finish())
    }
}
