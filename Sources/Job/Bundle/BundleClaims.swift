import ArtifactBundle
import Foundation
import RunModel

/// Whether a bundle proves what it says: its bytes, its journal, and everything that follows from the journal or is named by it.
///
/// What a bundle cannot prove is that its journal is the one that was written: whoever can write all of it can write another one
/// with all that follows from it.
public struct BundleClaims: Sendable {
    public enum Finding: String, Sendable, Codable {
        /// Everything was compared, and fits.
        case sound
        /// Nothing is wrong with what was compared, and not all could be.
        case notCompared = "not-compared"
        case notSound = "not-sound"
    }

    public let verification: BundleVerification
    /// What is wrong beyond the bytes.
    public let contradictions: [Contradiction]
    /// What was compared, in words; empty when nothing was.
    public let compared: [String]
    /// What could not be compared, and why.
    public let notCompared: [String]
    /// The verdict as worked out again from the journal; nil when the journal cannot be read.
    public let verdict: Verdict?
    /// The sentence of the summary about it; nil with it.
    public let line: String?
    public let header: RunHeader?
    public let missingPhases: [Phase]

    public var finding: Finding {
        if !verification.isSound || !contradictions.isEmpty { return .notSound }
        return notCompared.isEmpty ? .sound : .notCompared
    }

    /// Looks at every byte of the bundle, and makes again whatever can be made again from its journal.
    ///
    /// - Parameter rendering: with the templates that the bundle was made with; it says how much is read, too.
    /// - Throws: `BundleError` when the file cannot be read at all.
    public static func examine(_ path: String, rendering: Rendering) async throws -> BundleClaims {
        try await Scratch.withDirectory { scratch in
            let run = RunDirectory(url: scratch.appending(path: "run"))
            let verification = try await rendering.limits.reader(of: path)
                .verification(extractingTo: run.url, where: BundleComparison.reads)
            guard let manifest = verification.manifest, verification.isSound else {
                return BundleClaims(verification)
            }
            do {
                let account = try rendering.limits.account(of: run, from: path)
                guard let record = account.record else { throw JournalError.headless(path: path) }
                var comparison = BundleComparison(
                    manifest: manifest, run: run, account: account, record: record, rendering: rendering)
                await comparison.run()
                return BundleClaims(verification, comparison)
            } catch {
                return BundleClaims(verification, [Contradiction(.journal, RunDirectory.journalName, "\(error)")])
            }
        }
    }

    private init(_ verification: BundleVerification, _ contradictions: [Contradiction] = []) {
        self.verification = verification
        self.contradictions = contradictions
        compared = []
        notCompared = []
        verdict = nil
        line = nil
        header = nil
        missingPhases = []
    }

    private init(_ verification: BundleVerification, _ comparison: BundleComparison) {
        self.verification = verification
        contradictions = comparison.contradictions
        compared = comparison.compared
        notCompared = comparison.notCompared
        verdict = comparison.verdict
        line = comparison.line
        header = comparison.record.header
        missingPhases = comparison.record.missingPhases
    }
}
