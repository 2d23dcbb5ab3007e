import Formats
import Foundation

/// One pass over a bundle: every byte is read, nothing is believed, nothing is written.
struct BundleExamination {
    private let limits: BundleLimits
    private var problems: [BundleProblem] = []
    private var manifest: BundleManifest?
    private var seen: [String: (size: Int64, sha256: String)] = [:]
    private var previousPath = ""
    private var entryCount = 0
    private var brokeOff = false

    /// More problems than these tell nobody anything, and a hostile archive could fill the memory with them.
    private static let maximumProblems = 1000

    /// Reads the whole file.
    /// - Parameter expectedSHA256: the digest to compare; without it, the one in the `.sha256` beside the file.
    /// - Throws: `inputOutput` or `badSource` when there is no such file, `cancelled`. Damage is no error but a problem.
    static func run(
        _ path: String, _ limits: BundleLimits, expectedSHA256: String? = nil,
        _ cancellation: ArchiveThread.Cancellation
    ) throws(BundleError) -> BundleVerification {
        var examination = BundleExamination(limits: limits)
        var expected = expectedSHA256
        if expected == nil {
            do throws(BundleError) {
                expected = try ChecksumFile.read(for: path)
            } catch {
                examination.note(.checksumFileInvalid, error.message)
            }
        }
        let compressed = try examination.readArchive(path, cancellation)
        let sha256 = try compressed.finish()
        examination.compareFraming(compressed)
        if let expected, expected != sha256 {
            examination.note(.checksumMismatch, "expected \(expected), the file has \(sha256)")
        }
        examination.compareWithManifest()
        return BundleVerification(
            problems: examination.problems, manifest: examination.manifest, sha256: sha256,
            size: compressed.byteCount, comparedChecksumFile: expected != nil)
    }

    private init(limits: BundleLimits) { self.limits = limits }

    private var decompressed: DecompressedFile?

    /// - Returns: the file, which may not have been read to its end.
    private mutating func readArchive(
        _ path: String, _ cancellation: ArchiveThread.Cancellation
    ) throws(BundleError) -> CompressedFile {
        let compressed = try CompressedFile(path)
        do throws(BundleError) {
            let reader = try TarReader(compressed, limit: limits.totalBytes)
            decompressed = reader.source
            while let header = try reader.next() {
                try cancellation.check(path)
                try examine(header, reader, cancellation)
            }
            try reader.source.drain()
            if reader.source.byteCountUpToLastNonzero > reader.consumedBytes {
                note(.trailingData, "there are bytes after the end of the archive")
            }
        } catch {
            guard error.code == .damaged || error.code == .tooLarge else { throw error }
            brokeOff = true
            note(error.code == .tooLarge ? .tooLarge : .unreadable, error.message)
        }
        return compressed
    }

    private mutating func examine(
        _ header: TarHeader, _ reader: TarReader, _ cancellation: ArchiveThread.Cancellation
    ) throws(BundleError) {
        entryCount += 1
        guard entryCount <= limits.entries else {
            throw BundleError(.tooLarge, "", "has more than \(limits.entries) entries")
        }
        guard let path = header.path else { return note(.badPath, "entry \(entryCount) has a name that is not UTF-8") }
        if let fault = BundlePath.fault(in: path) { return note(.badPath, path, fault) }
        if let kind = header.otherKind { return note(.wrongType, path, "is \(kind), expected a regular file") }
        guard header.size <= limits.entryBytes else {
            throw BundleError(.tooLarge, path, "\(path) has \(header.size) bytes, \(limits.entryBytes) are allowed")
        }
        if seen[path] != nil || (path == BundlePath.manifest && entryCount > 1) {
            return note(.duplicate, path, "stands in the archive twice, or the manifest does not stand first")
        }
        if !header.hasBundleMetadata { note(.metadata, path, "has an owner, mode or time that no bundle has") }
        if path == BundlePath.manifest { return try readManifest(header, reader) }
        if !BundlePath.precedes(previousPath, path) { note(.outOfOrder, path, "stands after \(previousPath)") }
        previousPath = path
        var hasher = SHA256Hasher()
        var size: Int64 = 0
        try reader.readData { block throws(BundleError) in
            try cancellation.check(path)
            hasher.update(block)
            size += Int64(block.count)
        }
        seen[path] = (size, Digest.hexadecimal(hasher.finish()))
    }

    private mutating func readManifest(_ header: TarHeader, _ reader: TarReader) throws(BundleError) {
        do throws(BundleError) {
            manifest = try BundleManifest.read(header, reader, limits)
        } catch {
            guard error.subject == BundlePath.manifest else { throw error }
            note(.manifestInvalid, BundlePath.manifest, error.message)
        }
    }

    private mutating func compareFraming(_ compressed: CompressedFile) {
        guard compressed.head.starts(with: TarFormat.gzipMagic) else { return }
        if compressed.head != TarFormat.gzipHeader {
            note(.framing, "the gzip header is not the one that a bundle has")
        }
        guard !brokeOff, let decompressed else { return }
        let trailer =
            decompressed.checksum.value.littleEndianBytes
            + UInt32(truncatingIfNeeded: decompressed.byteCount).littleEndianBytes
        if compressed.tail != trailer {
            note(.framing, "the gzip checksum or length at the end does not fit the contents")
        }
    }

    private mutating func compareWithManifest() {
        guard let manifest else {
            if !problems.contains(where: { $0.kind == .manifestInvalid }) {
                note(.manifestMissing, "the first entry is not \(BundlePath.manifest)")
            }
            return
        }
        var notReached = 0
        for entry in manifest.entries {
            guard let found = seen.removeValue(forKey: entry.path) else {
                if brokeOff {
                    notReached += 1
                } else if !problems.contains(where: { $0.path == entry.path }) {
                    note(.missing, entry.path, "is in the manifest and not in the archive")
                }
                continue
            }
            if found.size != entry.size {
                note(.sizeMismatch, entry.path, "has \(found.size) bytes, the manifest says \(entry.size)")
            } else if found.sha256 != entry.sha256 {
                note(.digestMismatch, entry.path, "has SHA-256 \(found.sha256), the manifest says \(entry.sha256)")
            }
        }
        if notReached > 0 { note(.missing, "\(notReached) entries of the manifest were not reached") }
        for path in seen.keys.sorted(by: BundlePath.precedes) {
            note(.extra, path, "is in the archive and not in the manifest")
        }
    }

    private mutating func note(_ kind: BundleProblem.Kind, _ path: String?, _ detail: String) {
        if problems.count < Self.maximumProblems { problems.append(BundleProblem(kind, path: path, detail)) }
    }

    private mutating func note(_ kind: BundleProblem.Kind, _ detail: String) { note(kind, nil, detail) }
}

extension UInt32 {
    fileprivate var littleEndianBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
