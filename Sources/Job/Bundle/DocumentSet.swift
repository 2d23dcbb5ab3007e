import ArtifactBundle
import Foundation
import Reports
import RunModel

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
    /// - Parameter run: the directory that the change record is read from.
    func render(_ record: RunRecord, of run: RunDirectory, baseline: Baseline?) throws -> [String: [UInt8]] {
        try reports.files(for: record, baseline: baseline?.record, changes: try run.changes())
    }
}
