import Foundation
import RunModel
import TestSupport

@testable import Reports

/// The runs that every document is rendered for.
enum SampleRun: String, CaseIterable {
    case passing, failing, partial, hostile, second

    var record: RunRecord {
        switch self {
        case .passing: RunRecordFixture.passing
        case .failing: RunRecordFixture.failing
        case .partial: RunRecordFixture.partial
        case .hostile: RunRecordFixture.hostile
        case .second: Self.dayAfter
        }
    }

    /// The failing run a day later, with one of its faults gone.
    private static var dayAfter: RunRecord {
        var record = RunRecordFixture.failing
        let start = RunRecordFixture.start.addingTimeInterval(86_400)
        record.header.startedAt = start
        record.header.runID = RunID(startedAt: start, random: 0xBEEF)
        for id in record.results.keys { record.results[id]?.startedAt.addTimeInterval(86_400) }
        for index in record.phases.indices {
            record.phases[index].startedAt.addTimeInterval(86_400)
            record.phases[index].finishedAt?.addTimeInterval(86_400)
        }
        record.lastActivity.addTimeInterval(86_400)
        record.results["HE-06"]?.outcome = .passed("ready in 9 ms, at most 2 s")
        return record
    }

    /// The failing run is compared with a healthy one, and the second with the failing one.
    var baseline: RunRecord? {
        switch self {
        case .failing: RunRecordFixture.passing
        case .second: RunRecordFixture.failing
        case .passing, .partial, .hostile: nil
        }
    }

    /// What was changed before the failing runs; one of the changes comes from somebody who tries the documents.
    var changes: ChangeRecord? {
        let start = RunRecordFixture.start
        func change(
            _ kind: Change.Kind, _ action: String, minutesBefore minutes: Double, actor: String = "deploy/ci-42",
            _ resource: String, to values: [String: String] = [:], from old: [String: String] = [:]
        ) -> Change {
            Change(
                id: "\(action)-\(minutes)", origin: .cloudTrail, kind: kind,
                at: start.addingTimeInterval(-60 * minutes), actor: actor, action: action, resources: [resource],
                before: old, after: values)
        }
        let changes: [Change]
        switch self {
        case .passing, .partial, .second: return nil
        case .failing:
            changes = [
                change(
                    .service, "UpdateService", minutesBefore: 12, "hokusai-mlflow-staging", to: ["desiredCount": "0"],
                    from: ["desiredCount": "1"]),
                change(.bucket, "PutBucketPolicy", minutesBefore: 3, "hokusai-mlflow-artifacts-staging"),
            ]
        case .hostile:
            changes = Change.Kind.allCases.map { kind in
                change(
                    kind, "Update|Service", minutesBefore: 5, actor: "<script>alert(1)</script>",
                    "[a](http://x)\n# b", to: ["a|b": "`c`"])
            }
        }
        return ChangeRecord(
            from: start.addingTimeInterval(-86_400), to: start, changes: changes, eventsRead: changes.count)
    }

    func files(_ templates: Templates? = nil) throws -> [String: String] {
        let set = ReportSet(templates: try templates ?? Templates())
        return try set.files(for: record, baseline: baseline, changes: changes).mapValues {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
