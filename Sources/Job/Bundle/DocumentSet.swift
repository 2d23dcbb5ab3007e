import ArtifactBundle
import Diagnosis
import Formats
import Foundation
import Reports
import RunModel
import Secrets

/// Renders every document of a bundle.
public struct DocumentSet: Sendable {
    private let reports: ReportSet

    /// - Parameter templatesDirectory: templates that replace ours, by file name.
    /// - Throws: `TemplateError` for a template that cannot be used, before anything else happens.
    public init(templatesDirectory: URL? = nil) throws(TemplateError) {
        reports = ReportSet(templates: try Templates(directory: templatesDirectory))
    }

    /// What a bundle says of who made its documents.
    ///
    /// - Parameter build: of this program, as ``RunIdentity/build`` gives it.
    func renderer(build: String) -> BundleRenderer {
        BundleRenderer(build: build, templates: reports.templatesDigest)
    }

    /// The documents by their path in the bundle. The same record, baseline and change record give the same bytes.
    ///
    /// - Parameters:
    ///   - run: the directory that the change record and the evidence are read from.
    ///   - redactor: masks what came in from elsewhere, such as an older baseline.
    func render(
        _ record: RunRecord, of run: RunDirectory, baseline: Baseline?, redactor: Redactor
    ) throws -> [String: RedactedBytes] {
        let files = try reports.files(
            for: record, baseline: baseline?.record, history: baseline?.runs(before: record) ?? RunHistory(),
            changes: try run.changes(),
            evidence: { run.evidence($0, redactor: redactor) }, quoting: quotedEvidence(of: record, in: run))
        return Dictionary(
            uniqueKeysWithValues: files.map { path, bytes in
                (path, redactor.redact(rendered: bytes, isJSON: path.hasSuffix(".json"), for: .documents))
            })
    }

    /// The findings as issues of a tracker.
    func issues(of record: RunRecord, _ assessment: Assessment) -> [FindingIssue] {
        reports.issues(for: record, assessment)
    }

    /// The most of a piece of evidence that becomes a document, in bytes.
    private static let largestQuotation = 32 << 20

    /// Whether a file of a bundle may be evidence that is a document as well.
    static func mayBeQuoted(_ path: String) -> Bool { path.hasPrefix("evidence/") && path.hasSuffix(".xml") }

    /// The evidence that is a document as well, by its path there: the line coverage of the team's own suites.
    private func quotedEvidence(of record: RunRecord, in run: RunDirectory) -> [String: [UInt8]] {
        guard
            let coverage = record.results["SUITES-COVERAGE"]?.evidence.last(where: { Self.mayBeQuoted($0.path) }),
            !coverage.path.contains(".."),
            let data = try? OutsideFile.bytes(
                of: run.url.appending(path: coverage.path).path, limit: Self.largestQuotation)
        else { return [:] }
        return ["reports/coverage/cobertura.xml": [UInt8](data)]
    }
}
