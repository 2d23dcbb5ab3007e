import Formats
import Foundation

/// Reads a bundle that may come from anywhere: nothing is believed before its digest was compared.
public struct BundleReader: Sendable {
    let url: URL
    var limits: BundleLimits

    public init(_ url: URL, limits: BundleLimits = .untrusted) {
        self.url = url
        self.limits = limits
    }

    /// Looks at every byte and lists everything that is wrong.
    /// - Throws: `inputOutput`, `badSource` when the file cannot be read, `cancelled`. Damage is listed, not thrown.
    public func verification() async throws(BundleError) -> BundleVerification {
        let (path, limits) = (url.path, limits)
        return try await ArchiveThread.run(within: limits.duration) { cancellation throws(BundleError) in
            try BundleExamination.run(path, limits, cancellation)
        }
    }

    /// The same, and unpacks some of the entries on the way.
    /// - Parameters:
    ///   - directory: does not exist yet, and is made only when nothing is wrong with the bundle.
    ///   - isWanted: by path.
    public func verification(
        extractingTo directory: URL, where isWanted: @escaping @Sendable (_ path: String) -> Bool
    ) async throws(BundleError) -> BundleVerification {
        let (path, limits) = (url.path, limits)
        return try await ArchiveThread.run(within: limits.duration) { cancellation throws(BundleError) in
            let extraction = try BundleExtraction(into: directory, limits, where: isWanted)
            defer { extraction.removeRest() }
            let verification = try BundleExamination.run(path, limits, cancellation, extraction)
            if verification.isSound { try extraction.complete() }
            return verification
        }
    }

    /// The bytes of one entry, compared with the manifest.
    /// - Parameter maximumBytes: the most to hold in memory.
    /// - Throws: `noSuchEntry`, `tooLarge`, `damaged`, `inputOutput`, `badSource`, `cancelled`.
    public func bytes(of path: String, maximumBytes: Int = 64 << 20) async throws(BundleError) -> [UInt8] {
        let bundle = self
        return try await ArchiveThread.run(within: limits.duration) { cancellation throws(BundleError) in
            let reader = try bundle.tarReader(cancellation)
            let manifest = try bundle.manifest(reader)
            guard let entry = manifest.entries.first(where: { $0.path == path }) else {
                throw BundleError(.noSuchEntry, path, "is not in \(bundle.url.lastPathComponent)")
            }
            guard entry.size <= maximumBytes else {
                throw BundleError(.tooLarge, path, "has \(entry.size) bytes, \(maximumBytes) are allowed here")
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(Int(entry.size))
            try bundle.read({ $0 == path }, of: manifest, reader, toEnd: false) { _, pieces throws(BundleError) in
                try pieces { block throws(BundleError) in bytes += block }
            }
            return bytes
        }
    }

    /// Unpacks what the manifest names, or some of it, into a directory that does not exist yet.
    ///
    /// All is unpacked next to it and compared first; after a failure there is no directory.
    /// - Parameter isWanted: by path; the manifest comes in any case.
    /// - Throws: `damaged` at the first of the entries that is not what the manifest says, `inputOutput`, `badSource`,
    ///   `tooLarge`, `cancelled`.
    @discardableResult
    public func extract(
        to directory: URL, where isWanted: @escaping @Sendable (_ path: String) -> Bool = { _ in true }
    ) async throws(BundleError) -> BundleManifest {
        let bundle = self
        return try await ArchiveThread.run(within: limits.duration) { cancellation throws(BundleError) in
            let extraction = try BundleExtraction(into: directory, limits, where: isWanted)
            defer { extraction.removeRest() }
            let reader = try bundle.tarReader(cancellation)
            let manifest = try bundle.manifest(reader)
            try extraction.store(manifest)
            try bundle.read(isWanted, of: manifest, reader, toEnd: true) { path, pieces throws(BundleError) in
                let file = try extraction.create(path)
                try pieces { block throws(BundleError) in try file.write(block) }
            }
            try extraction.complete()
            return manifest
        }
    }

    private func tarReader(_ cancellation: ArchiveThread.Cancellation) throws(BundleError) -> TarReader {
        try TarReader(CompressedFile(url.path), limit: limits.totalBytes, cancellation)
    }

    private func manifest(_ reader: TarReader) throws(BundleError) -> BundleManifest {
        guard let header = try reader.next(), header.path == BundlePath.manifest, header.otherKind == nil else {
            throw BundleError(.damaged, url.path, "is not a bundle: its first entry is not \(BundlePath.manifest)")
        }
        return try BundleManifest.read(header, reader, limits)
    }

    /// Hands over the bytes of an entry, piece by piece.
    private typealias Pieces = ((UnsafeRawBufferPointer) throws(BundleError) -> Void) throws(BundleError) -> Void

    /// Reads the entries that are wanted.
    /// - Parameters:
    ///   - toEnd: reads on when all have come, to see that nothing else is there.
    ///   - take: gets the path of each and its bytes.
    /// - Throws: `damaged` for an entry that the manifest does not name, among others.
    private func read(
        _ isWanted: (String) -> Bool, of manifest: BundleManifest, _ reader: TarReader, toEnd: Bool,
        _ take: (_ path: String, _ pieces: Pieces) throws(BundleError) -> Void
    ) throws(BundleError) {
        var expected = Dictionary(uniqueKeysWithValues: manifest.entries.map { ($0.path, $0) })
        var missing = Set(expected.keys.filter(isWanted))
        while toEnd || !missing.isEmpty, let header = try reader.next() {
            guard let path = header.path, header.otherKind == nil, let entry = expected.removeValue(forKey: path) else {
                throw BundleError(
                    .damaged, header.path ?? "entry", "is not a file that the manifest names, or comes twice")
            }
            guard missing.remove(path) != nil else { continue }
            try take(path) { body throws(BundleError) in try read(entry, reader, body) }
        }
        if let missing = missing.min() {
            throw BundleError(.damaged, missing, "is in the manifest and not in the archive")
        }
        if toEnd, try reader.hasTrailingBytes() {
            throw BundleError(.damaged, url.path, "there are bytes after the end of the archive")
        }
    }

    private func read(
        _ entry: BundleEntry, _ reader: TarReader, _ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void
    ) throws(BundleError) {
        var hasher = SHA256Hasher()
        var size: Int64 = 0
        try reader.readData { block throws(BundleError) in
            size += Int64(block.count)
            guard size <= entry.size else {
                throw BundleError(.damaged, entry.path, "has more than the \(entry.size) bytes of the manifest")
            }
            hasher.update(block)
            try body(block)
        }
        let digest = Digest.hexadecimal(hasher.finish())
        guard size == entry.size, digest == entry.sha256 else {
            throw BundleError(
                .damaged, entry.path,
                "expected \(entry.size) bytes with SHA-256 \(entry.sha256), got \(size) bytes with \(digest)")
        }
    }
}
