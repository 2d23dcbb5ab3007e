import Formats
import Foundation

/// Reads a bundle that may come from anywhere: nothing is believed before its digest was compared.
public struct BundleReader: Sendable {
    public let url: URL
    public var limits: BundleLimits

    public init(_ url: URL, limits: BundleLimits = BundleLimits()) {
        self.url = url
        self.limits = limits
    }

    /// Looks at every byte and lists everything that is wrong.
    /// - Throws: `inputOutput`, `badSource` when the file cannot be read, `cancelled`. Damage is listed, not thrown.
    public func verification() async throws(BundleError) -> BundleVerification {
        let (path, limits) = (url.path, limits)
        return try await ArchiveThread.run { cancellation throws(BundleError) in
            try BundleExamination.run(path, limits, cancellation)
        }
    }

    /// The manifest alone, which is quick: it is the first entry.
    /// - Throws: `damaged` when the file is not a bundle, `inputOutput`, `badSource`.
    public func manifest() async throws(BundleError) -> BundleManifest {
        let bundle = self
        return try await ArchiveThread.run { _ throws(BundleError) in
            let reader = try TarReader(CompressedFile(bundle.url.path), limit: bundle.limits.totalBytes)
            return try bundle.manifest(reader)
        }
    }

    /// The bytes of one entry, compared with the manifest.
    /// - Parameter maximumBytes: the most to hold in memory.
    /// - Throws: `noSuchEntry`, `tooLarge`, `damaged`, `inputOutput`, `badSource`, `cancelled`.
    public func bytes(of path: String, maximumBytes: Int = 64 << 20) async throws(BundleError) -> [UInt8] {
        let bundle = self
        return try await ArchiveThread.run { cancellation throws(BundleError) in
            let reader = try TarReader(CompressedFile(bundle.url.path), limit: bundle.limits.totalBytes)
            guard let entry = try bundle.manifest(reader).entries.first(where: { $0.path == path }) else {
                throw BundleError(.noSuchEntry, path, "is not in \(bundle.url.lastPathComponent)")
            }
            guard entry.size <= maximumBytes else {
                throw BundleError(.tooLarge, path, "has \(entry.size) bytes, \(maximumBytes) are allowed here")
            }
            while let header = try reader.next() {
                try cancellation.check(path)
                guard header.path == path, header.otherKind == nil else { continue }
                var bytes: [UInt8] = []
                try bundle.read(entry, reader, cancellation) { block throws(BundleError) in bytes += block }
                return bytes
            }
            throw BundleError(.damaged, path, "is in the manifest and not in the archive")
        }
    }

    /// Unpacks everything that the manifest names into a directory that does not exist yet.
    ///
    /// All is unpacked beside it and compared first; after a failure there is no directory.
    /// - Throws: `damaged` at the first entry that is not what the manifest says, `inputOutput`, `badSource`,
    ///   `tooLarge`, `cancelled`.
    @discardableResult
    public func extract(to directory: URL) async throws(BundleError) -> BundleManifest {
        let bundle = self
        return try await ArchiveThread.run { cancellation throws(BundleError) in
            let extraction = try BundleExtraction(into: directory)
            defer { extraction.removeRest() }
            let reader = try TarReader(CompressedFile(bundle.url.path), limit: bundle.limits.totalBytes)
            let manifest = try bundle.manifest(reader)
            try extraction.store(manifest)
            var expected = Dictionary(uniqueKeysWithValues: manifest.entries.map { ($0.path, $0) })
            while let header = try reader.next() {
                try cancellation.check(directory.path)
                guard let path = header.path, header.otherKind == nil, let entry = expected.removeValue(forKey: path)
                else {
                    throw BundleError(
                        .damaged, header.path ?? "entry", "is not a file that the manifest names, or comes twice")
                }
                let file = try extraction.create(path)
                try bundle.read(entry, reader, cancellation) { block throws(BundleError) in try file.write(block) }
            }
            if let missing = expected.keys.min() {
                throw BundleError(.damaged, missing, "is in the manifest and not in the archive")
            }
            try extraction.complete()
            return manifest
        }
    }

    private func manifest(_ reader: TarReader) throws(BundleError) -> BundleManifest {
        guard let header = try reader.next(), header.path == BundlePath.manifest, header.otherKind == nil else {
            throw BundleError(.damaged, url.path, "is not a bundle: its first entry is not \(BundlePath.manifest)")
        }
        return try BundleManifest.read(header, reader, limits)
    }

    private func read(
        _ entry: BundleEntry, _ reader: TarReader, _ cancellation: ArchiveThread.Cancellation,
        _ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void
    ) throws(BundleError) {
        var hasher = SHA256Hasher()
        var size: Int64 = 0
        try reader.readData { block throws(BundleError) in
            try cancellation.check(entry.path)
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
