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

    /// The documents by their path in the bundle. The same record and baseline give the same bytes.
    func render(_ record: RunRecord, baseline: Baseline?) throws -> [String: [UInt8]] {
        try reports.files(for: record, baseline: baseline?.record)
    }
}
