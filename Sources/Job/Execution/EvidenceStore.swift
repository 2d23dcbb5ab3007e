import Durable
import Formats
import Foundation
import RunModel
import Secrets

/// Keeps evidence under the SHA-256 of its redacted bytes, so that equal pieces are kept once and a changed one shows.
struct EvidenceStore: Sendable {
    let directory: URL
    let redactor: Redactor

    /// - Throws: `DurableFile.WriteError`; evidence that cannot be kept is no reason to go on without it.
    func store(_ evidence: Evidence) throws -> EvidenceReference {
        let bytes = redactor.redact(evidence.bytes)
        let reference = EvidenceReference(
            title: redactor.redact(evidence.title), sha256: Digest.sha256Hex(of: bytes),
            fileExtension: evidence.fileExtension,
            size: bytes.count)
        // A file of that name may be what a power cut left of it.
        if !holds(reference) { try DurableFile.write(bytes, to: url(of: reference)) }
        return reference
    }

    /// Whether the piece is there and unchanged.
    func holds(_ reference: EvidenceReference) -> Bool {
        guard let data = try? Data(contentsOf: url(of: reference)) else { return false }
        return Digest.sha256Hex(of: data) == reference.sha256
    }

    private func url(of reference: EvidenceReference) -> URL {
        directory.appending(path: "\(reference.sha256).\(reference.fileExtension)")
    }
}
