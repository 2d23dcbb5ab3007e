import Durable
import Foundation

/// A bundle that was written, read again and found whole.
public struct BundleReceipt: Hashable, Sendable {
    public var url: URL
    /// The file beside it that `sha256sum -c` reads.
    public var checksumURL: URL
    /// Of the whole file, in lower-case hexadecimal.
    public var sha256: String
    /// Of the whole file, in bytes.
    public var size: Int64
    public var manifest: BundleManifest
}

/// Packs files into one deterministic archive: the same contents always give the same bytes.
public struct BundleWriter: Sendable {
    var compression: BundleCompression
    var limits: BundleLimits

    public init(compression: BundleCompression = .gzip, limits: BundleLimits = BundleLimits()) {
        self.compression = compression
        self.limits = limits
    }

    /// Writes the bundle under a temporary name, reads it again, and only then gives it its name and its `.sha256`.
    ///
    /// An older file of that name is replaced at once; after a failure it is untouched and nothing else is left behind.
    /// - Throws: `badPath`, `duplicatePath`, `badSource`, `tooLarge`, `inputOutput`, `cancelled`; `damaged` when the
    ///   bundle read again is not what was written.
    public func write(
        _ contents: [BundleContent], runID: String, environment: String, renderer: BundleRenderer, to url: URL
    ) async throws(BundleError) -> BundleReceipt {
        let writer = self
        return try await ArchiveThread.run { cancellation throws(BundleError) in
            let entries = try BundlePlan(contents, writer.limits, cancellation)
            let manifest = try BundleManifest(
                runID: runID, environment: environment, renderer: renderer, entries: entries.entries
            ).sealed()
            return try writer.write(entries, manifest, to: url, cancellation)
        }
    }

    private func write(
        _ plan: BundlePlan, _ manifest: BundleManifest, to url: URL, _ cancellation: ArchiveThread.Cancellation
    ) throws(BundleError) -> BundleReceipt {
        let temporary = PosixFile.temporarySibling(of: url.path)
        defer { PosixFile.remove(temporary) }
        let written = try pack(plan, manifest, to: temporary, cancellation)
        try examine(temporary, written.sha256, cancellation)
        do throws(DurableFile.WriteError) {
            try DurableFile.put(temporary, to: url)
        } catch {
            throw BundleError(error)
        }
        try ChecksumFile.write(sha256: written.sha256, of: url)
        return BundleReceipt(
            url: url, checksumURL: ChecksumFile.url(of: url), sha256: written.sha256, size: written.size,
            manifest: manifest)
    }

    private func pack(
        _ plan: BundlePlan, _ manifest: BundleManifest, to path: String, _ cancellation: ArchiveThread.Cancellation
    ) throws(BundleError) -> (sha256: String, size: Int64) {
        let archive = try TarWriter(creating: path, compression: compression)
        let encoded = try manifest.encoded()
        guard encoded.count <= limits.manifestBytes else {
            throw BundleError(.tooLarge, BundlePath.manifest, "is larger than \(limits.manifestBytes) bytes")
        }
        try archive.begin(BundlePath.manifest, size: Int64(encoded.count))
        try encoded.withUnsafeBufferPointer { bytes throws(BundleError) in
            try archive.write(UnsafeRawBufferPointer(bytes))
        }
        for item in plan.items {
            try cancellation.check(item.entry.path)
            try archive.begin(item.entry.path, size: item.entry.size)
            let digest = try item.content.forEachBlock(upTo: item.entry.size, cancellation) {
                block throws(BundleError) in try archive.write(block)
            }
            guard digest.sha256 == item.entry.sha256 else {
                throw BundleError(.badSource, item.entry.path, "its bytes changed while the bundle was written")
            }
        }
        return try archive.finish()
    }

    private func examine(
        _ path: String, _ sha256: String, _ cancellation: ArchiveThread.Cancellation
    ) throws(BundleError) {
        let found = try BundleExamination.run(path, limits, expectedSHA256: sha256, cancellation)
        if let problem = found.problems.first {
            throw BundleError(.damaged, path, "was read again after writing and is not whole: \(problem)")
        }
    }
}
