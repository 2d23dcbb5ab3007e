import Formats
import Foundation
import RunModel
import Secrets

/// The checkpoint of one phase, `state/<n>-<name>.json`: a view of the journal for people and pipelines.
struct StateFile: Encodable {
    let schema: Int
    let runID: RunID
    let environment: String
    let phase: String
    let startedAt: Date
    let finishedAt: Date?
    /// Phase 1 only: what will run, what cannot, and why.
    let plan: [PlanEntry]?
    let results: [CheckResult]
    /// Phases 4 and 5: the documents that were written.
    let documents: [String]?

    /// The files of all phases that began, by their path in the bundle.
    static func files(
        of record: RunRecord, documents: [String], redactor: Redactor
    ) throws -> [String: RedactedBytes] {
        var files: [String: RedactedBytes] = [:]
        for phase in Phase.allCases {
            guard let file = StateFile(of: phase, in: record, documents: documents) else { continue }
            files[phase.stateFile] = redactor.redact(
                rendered: try JSON.prettyBytes(file), isJSON: true, for: .documents)
        }
        return files
    }

    /// - Returns: nil when the phase did not begin.
    init?(of phase: Phase, in record: RunRecord, documents: [String]) {
        guard let times = record.phases.first(where: { $0.phase == phase }) else { return nil }
        schema = record.header.schema
        runID = record.header.runID
        environment = record.header.environment
        self.phase = phase.name
        startedAt = times.startedAt
        finishedAt = times.finishedAt
        plan = phase == .setup ? record.plan.entries : nil
        results = record.rows.filter { $0.descriptor.phase == phase }.map(\.result)
        self.documents = phase > .validation ? documents.sorted() : nil
    }
}
