import Durable
import Foundation
import Secrets

/// The file `<bundle>.sha256`, in the format that `sha256sum -c` reads.
enum ChecksumFile {
    static func url(of bundle: URL) -> URL { bundle.appendingPathExtension("sha256") }

    static func write(sha256: String, of bundle: URL) throws(BundleError) {
        do throws(DurableFile.WriteError) {
            let line: RedactedText = "\(sha256)  \(bundle.lastPathComponent)\n"
            try DurableFile.write(RedactedBytes(line), to: url(of: bundle))
        } catch {
            throw BundleError(error)
        }
    }

    /// The digest that the file names for the bundle; nil when there is no such file.
    /// - Throws: `damaged` when it is not one line of `sha256sum` for this bundle.
    static func read(for bundle: String) throws(BundleError) -> String? {
        let path = bundle + ".sha256"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try PosixFile(reading: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { buffer.deallocate() }
        let count = try file.read(into: buffer)
        let text = String(decoding: buffer.prefix(count), as: UTF8.self)
        let name = String(bundle[(bundle.lastIndex(of: "/").map { bundle.index(after: $0) } ?? bundle.startIndex)...])
        let digest = String(text.prefix(64))
        let isDigest = digest.count == 64 && digest.allSatisfy { $0.isHexDigit && !$0.isUppercase && $0.isASCII }
        guard isDigest, text == "\(digest)  \(name)\n" || text == "\(digest) *\(name)\n" else {
            throw BundleError(
                .damaged, path, "expected one line \"<sha256>  \(name)\" as sha256sum writes it, got something else")
        }
        return digest
    }
}
