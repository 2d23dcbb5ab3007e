import Foundation
import RunModel

/// Renders every document of a bundle.
public struct DocumentSet: Sendable {
    /// Templates that replace ours, by file name.
    public let templatesDirectory: URL?

    public init(templatesDirectory: URL? = nil) {
        self.templatesDirectory = templatesDirectory
    }

    /// The documents by their path in the bundle. The same record and baseline give the same bytes.
    func render(_ record: RunRecord, baseline: Baseline?) throws -> [String: [UInt8]] {
        ["verdict.json": [UInt8](try JSON.prettyData(Verdict(of: record)))]
    }
}
