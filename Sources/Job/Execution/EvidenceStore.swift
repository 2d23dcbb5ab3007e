import ArtifactBundle
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
        let content = redacted(evidence)
        let reference = EvidenceReference(
            title: redactor.redact(evidence.title, for: .evidence).text, sha256: Digest.sha256Hex(of: content.bytes),
            fileExtension: evidence.fileExtension,
            size: content.bytes.count, exchange: evidence.exchange)
        // A file of that name may be what a power cut left of it.
        if !holds(reference) { try DurableFile.write(content, to: url(of: reference)) }
        return reference
    }

    /// The piece as it will be kept: masking it counts among what a check does, and within its deadline.
    func prepared(_ evidence: Evidence) -> Evidence {
        Evidence(
            evidence.title, fileExtension: evidence.fileExtension, bytes: redacted(evidence).bytes,
            exchange: evidence.exchange)
    }

    /// JSON is masked text by text, so that it stays JSON; what is compressed is kept decompressed, since nobody can look into it
    /// otherwise.
    private func redacted(_ evidence: Evidence) -> RedactedBytes {
        let bytes = CompressedBody.decompressed(evidence.bytes)
        if evidence.fileExtension == "json", (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil {
            return redactor.redact(json: bytes, for: .evidence)
        }
        return redactor.redact(bytes, for: .evidence)
    }

    /// Whether the piece is there and unchanged.
    func holds(_ reference: EvidenceReference) -> Bool {
        let url = url(of: reference)
        guard access(url.path, F_OK) == 0, let data = try? Data(contentsOf: url) else { return false }
        return Digest.sha256Hex(of: data) == reference.sha256
    }

    private func url(of reference: EvidenceReference) -> URL {
        directory.appending(path: "\(reference.sha256).\(reference.fileExtension)")
    }
}
