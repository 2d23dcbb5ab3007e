import Diagnosis
import Foundation
import Reports
import RunModel
import Secrets

/// A run with what is published of it.
public struct Publishable: Sendable {
    public let record: RunRecord
    public let assessment: Assessment
    /// By their path in the bundle.
    public let documents: [String: RedactedBytes]
    public let issues: [FindingIssue]
}

extension Rendering {
    /// What is published of the run that a bundle, an unpacked bundle or a state directory holds.
    ///
    /// - Parameters:
    ///   - path: of a state directory the newest run is taken.
    ///   - change: what is known of the pipeline by now and was not when the run began, such as `artifact_url`.
    public func publishable(_ path: String, naming change: [String: String]) async throws -> Publishable {
        try await withRun(at: path) { run in try await publishable(run, from: path, change) }
    }

    private func publishable(
        _ run: RunDirectory, from path: String, _ change: [String: String]
    ) async throws -> Publishable {
        var record = try Self.record(of: run, from: path, limits)
        record.header.change.merge(change) { _, later in later }
        let baseline = try Baseline.load(from: run)
        let assessment = Assessment(
            of: record, baseline: baseline?.record, history: baseline?.runs(before: record) ?? RunHistory(),
            changes: try run.changes())
        return Publishable(
            record: record, assessment: assessment, documents: try await documents(of: run, record),
            issues: documents.issues(of: record, assessment))
    }
}
