import ArtifactBundle
import Formats
import Foundation
import RunModel

/// Whether a bundle proves what it says: its bytes, its journal's chain, and that its verdict follows from its journal.
public struct BundleClaims: Sendable {
    public let verification: BundleVerification
    /// What is wrong beyond the bytes.
    public let contradictions: [String]
    /// The verdict as worked out again from the journal; nil when the journal cannot be read.
    public let verdict: Verdict?
    public let header: RunHeader?
    public let missingPhases: [Phase]

    public var isSound: Bool { verification.isSound && contradictions.isEmpty }

    /// Looks at every byte of the bundle.
    ///
    /// - Throws: `BundleError` when the file cannot be read at all.
    public static func examine(_ path: String) async throws -> BundleClaims {
        let reader = BundleReader(URL(fileURLWithPath: path))
        let verification = try await reader.verification()
        do {
            let record = try await Rendering.record(ofBundle: path)
            let verdict = Verdict(of: record)
            var contradictions: [String] = []
            let stated = try JSON.decode(Verdict.self, from: Data(try await reader.bytes(of: "verdict.json")))
            if stated != verdict {
                contradictions.append("verdict.json says \(stated.line), its journal says \(verdict.line)")
            }
            return BundleClaims(
                verification: verification, contradictions: contradictions, verdict: verdict, header: record.header,
                missingPhases: record.missingPhases)
        } catch {
            return BundleClaims(
                verification: verification, contradictions: verification.isSound ? ["\(error)"] : [], verdict: nil,
                header: nil,
                missingPhases: [])
        }
    }
}
