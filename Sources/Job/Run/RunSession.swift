import CheckKit
import FaultInjection
import Formats
import Foundation
import Logging
import RunModel
import Secrets
import Synchronization

/// The run that is under way: its directory, its journal, and the record as far as it has come.
///
/// Used by the phases, then by the end of the run.
final class RunSession: Sendable {
    let directory: RunDirectory
    let journal: Journal
    private let latestRecord: Mutex<RunRecord>
    let baseline: Baseline?
    let checks: [any Check]
    let runner: CheckRunner
    let redactor: Redactor
    let logger: Logger
    let guardian: GuardianProcess?

    init(
        directory: RunDirectory, journal: Journal, record: RunRecord, baseline: Baseline?, checks: [any Check],
        runner: CheckRunner,
        redactor: Redactor,
        logger: Logger, guardian: GuardianProcess?
    ) {
        self.directory = directory
        self.journal = journal
        latestRecord = Mutex(record)
        self.baseline = baseline
        self.checks = checks
        self.runner = runner
        self.redactor = redactor
        self.logger = logger
        self.guardian = guardian
    }

    var record: RunRecord { latestRecord.withLock { $0 } }

    /// Reads the record again from the journal: what reports are made from is what a later `render` will find.
    func reload() throws {
        let record = try RunRecord(try Journal.entries(path: journal.path), path: journal.path)
        latestRecord.withLock { $0 = record }
    }

    /// What the run wrote down to be undone, and what became of it, as JSON lines.
    func writeUndoHistory() throws {
        let history = try runner.services.undoLog.history()
        let ids = Set(history.records.filter { $0.runID == record.header.runID }.map(\.id))
        let lines = try history.events.filter { ids.contains($0.recordID) }.map { event in
            let value = try JSON.decode(JSONValue.self, from: try JSON.data(event))
            return try JSON.text(value.mapTexts(redactor.redact)) + "\n"
        }
        try DurableFile.write(Array(lines.joined().utf8), to: directory.url.appending(path: "undo.jsonl"))
    }

    /// How often each secret was masked. Kept in the run's directory, since it is known to this process only.
    func writeRedactionCounts() throws {
        try DurableFile.write(
            [UInt8](try JSON.prettyData(redactor.replacements)), to: directory.url.appending(path: "redaction.json"))
    }
}

extension UndoEvent {
    /// The record that the event is about.
    fileprivate var recordID: String {
        switch kind {
        case .opened(let record): record.id
        case .closed(let id, _), .undoFailed(let id, _, _): id
        }
    }
}
