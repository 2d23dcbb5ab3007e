import Foundation
import RunModel
import TestSupport

@testable import Reports

/// The runs that every document is rendered for.
enum SampleRun: String, CaseIterable {
    case passing, failing, partial, hostile

    var record: RunRecord {
        switch self {
        case .passing: RunRecordFixture.passing
        case .failing: RunRecordFixture.failing
        case .partial: RunRecordFixture.partial
        case .hostile: RunRecordFixture.hostile
        }
    }

    /// The failing run is compared with a healthy one.
    var baseline: RunRecord? { self == .failing ? RunRecordFixture.passing : nil }

    func files(_ templates: Templates? = nil) throws -> [String: String] {
        let set = ReportSet(templates: try templates ?? Templates())
        return try set.files(for: record, baseline: baseline).mapValues { String(decoding: $0, as: UTF8.self) }
    }
}
