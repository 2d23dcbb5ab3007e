import Formats
import Foundation

/// One pass over a bundle: every byte is read, nothing is believed, nothing is written.
struct BundleExamination {
    private let limits: BundleLimits
    private var problems: [BundleProblem] = []
    private var manifest: BundleManifest?
    /// What the manifest names, by path, until the archive has it.
    private var expected: [String: BundleEntry] = [:]
    /// The paths that came, of entries that were read and of others.
    private var seen: Set<String> = []
    private var previousPath = ""
    private var entryCount = 0
    private var brokeOff = false

    /// More problems than these tell nobody anything, and a hostile archive could fill the memory with them.
    private static let maximumProblems = 1000

    /// Reads the whole file.
    /// - Parameters:
    ///   - expectedSHA256: the digest to compare; without it, the one in the `.sha256` next to the file.
    ///   - extraction: gets the entries that it wants.
    /// - Throws: `inputOutput` or `badSource` when there is no such file, `cancelled`. Damage is no error but a problem.
    static func run(
        _ path: String, _ limits: BundleLimits, expectedSHA256: String? = nil,
        _ cancellation: ArchiveThread.Cancellation, _ extraction: BundleExtraction? = nil
    ) throws(BundleError) -> BundleVerification {
        var examination = BundleExamination(limits: limits)
        var stated = expectedSHA256
        if stated == nil {
            do throws(BundleError) {
                stated = try ChecksumFile.read(for: path)
            } catch {
                examination.note(.checksumFileInvalid, error.message)
            }
        }
        let compressed = try CompressedFile(path)
        var sha256 = ""
        do throws(BundleError) {
            try examination.readArchive(compressed, cancellation, extraction)
            sha256 = try compressed.finish(cancellation)
        } catch {
            try examination.note(error)
        }
        if let stated, !sha256.isEmpty, stated != sha256 {
            examination.note(.checksumMismatch, "expected \(stated), the file has \(sha256)")
        }
        examination.noteMissing()
        return BundleVerification(
            problems: examination.problems, manifest: examination.manifest, sha256: sha256,
            size: compressed.byteCount, comparedChecksumFile: stated != nil && !sha256.isEmpty)
    }

    private init(limits: BundleLimits) { self.limits = limits }

    /// Damage and excess are what is looked for; anything else is an error.
    private mutating func note(_ error: BundleError) throws(BundleError) {
        guard error.code == .damaged || error.code == .tooLarge else { throw error }
        brokeOff = true
        note(error.code == .tooLarge ? .tooLarge : .unreadable, error.message)
    }

    /// Reads the archive to its end, or to where it is damaged; the file may go on after that.
    private mutating func readArchive(
        _ compressed: CompressedFile, _ cancellation: ArchiveThread.Cancellation, _ extraction: BundleExtraction?
    ) throws(BundleError) {
        do throws(BundleError) {
            let reader = try TarReader(compressed, limit: limits.totalBytes, cancellation)
            if reader.source.hasForeignHeader { note(.framing, "the gzip header is not the one that a bundle has") }
            while let header = try reader.next() { try examine(header, reader, extraction) }
            if try reader.hasTrailingBytes() { note(.trailingData, "there are bytes after the end of the archive") }
        } catch {
            // Without this the digest of a huge file would be worked out for nothing.
            if error.code == .tooLarge { throw error }
            try note(error)
        }
    }

    private mutating func examine(
        _ header: TarHeader, _ reader: TarReader, _ extraction: BundleExtraction?
    ) throws(BundleError) {
        entryCount += 1
        guard entryCount <= limits.entries else {
            throw BundleError(.tooLarge, "", "has more than \(limits.entries) entries")
        }
        guard let path = header.path else { return note(.badPath, "entry \(entryCount) has a name that is not UTF-8") }
        if let fault = BundlePath.fault(in: path) { return note(.badPath, path, fault) }
        if let kind = header.otherKind {
            expected[path] = nil
            return note(.wrongType, path, "is \(kind), expected a regular file")
        }
        guard header.size <= limits.entryBytes else {
            throw BundleError(.tooLarge, path, "\(path) has \(header.size) bytes, \(limits.entryBytes) are allowed")
        }
        if !seen.insert(path).inserted || (path == BundlePath.manifest && entryCount > 1) {
            return note(.duplicate, path, "stands in the archive twice, or the manifest does not stand first")
        }
        if !header.hasBundleMetadata { note(.metadata, path, "has an owner, mode or time that no bundle has") }
        if path == BundlePath.manifest { return try readManifest(header, reader) }
        if !BundlePath.precedes(previousPath, path) { note(.outOfOrder, path, "stands after \(previousPath)") }
        previousPath = path
        try compare(path, reader, extraction)
    }

    private mutating func compare(
        _ path: String, _ reader: TarReader, _ extraction: BundleExtraction?
    ) throws(BundleError) {
        var hasher = SHA256Hasher()
        var size: Int64 = 0
        if let extraction, extraction.isWanted(path) {
            let file = try extraction.create(path)
            try reader.readData { block throws(BundleError) in
                hasher.update(block)
                size += Int64(block.count)
                try file.write(block)
            }
        } else {
            try reader.readData { block throws(BundleError) in
                hasher.update(block)
                size += Int64(block.count)
            }
        }
        guard let entry = expected.removeValue(forKey: path) else {
            if manifest != nil { note(.extra, path, "is in the archive and not in the manifest") }
            return
        }
        let sha256 = Digest.hexadecimal(hasher.finish())
        if size != entry.size {
            note(.sizeMismatch, path, "has \(size) bytes, the manifest says \(entry.size)")
        } else if sha256 != entry.sha256 {
            note(.digestMismatch, path, "has SHA-256 \(sha256), the manifest says \(entry.sha256)")
        }
    }

    private mutating func readManifest(_ header: TarHeader, _ reader: TarReader) throws(BundleError) {
        do throws(BundleError) {
            let manifest = try BundleManifest.read(header, reader, limits)
            expected = Dictionary(uniqueKeysWithValues: manifest.entries.map { ($0.path, $0) })
            self.manifest = manifest
        } catch {
            guard error.subject == BundlePath.manifest else { throw error }
            note(.manifestInvalid, BundlePath.manifest, error.message)
        }
    }

    private mutating func noteMissing() {
        guard manifest != nil else {
            if !problems.contains(where: { $0.kind == .manifestInvalid }) {
                note(.manifestMissing, "the first entry is not \(BundlePath.manifest)")
            }
            return
        }
        if brokeOff {
            if !expected.isEmpty { note(.missing, "\(expected.count) entries of the manifest were not reached") }
            return
        }
        for path in expected.keys.sorted(by: BundlePath.precedes) {
            note(.missing, path, "is in the manifest and not in the archive")
        }
    }

    private mutating func note(_ kind: BundleProblem.Kind, _ path: String?, _ detail: String) {
        if problems.count < Self.maximumProblems { problems.append(BundleProblem(kind, path: path, detail)) }
    }

    private mutating func note(_ kind: BundleProblem.Kind, _ detail: String) { note(kind, nil, detail) }
}
