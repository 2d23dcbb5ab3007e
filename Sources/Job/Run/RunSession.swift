import CheckKit
import Durable
import Formats
import Foundation
import Logging
import RunModel
import Secrets
import Synchronization
import UndoLog

/// The run that is under way: its directory, its journal, and the record as far as it has come.
///
/// Used by the phases, then by the end of the run.
final class RunSession: Sendable {
    let directory: RunDirectory
    let journal: Journal
    private let latestRecord: Mutex<RunRecord>
    /// Checks that are run alone, because the process died while they ran.
    let suspects: Set<CheckID>
    let baseline: Baseline?
    let checks: [any Check]
    let runner: CheckRunner
    let redactor: Redactor
    let logger: Logger
    let guardian: RunGuardian?

    init(
        directory: RunDirectory, journal: Journal, record: RunRecord, suspects: Set<CheckID>, baseline: Baseline?,
        checks: [any Check],
        runner: CheckRunner,
        redactor: Redactor,
        logger: Logger, guardian: RunGuardian?
    ) {
        self.directory = directory
        self.journal = journal
        latestRecord = Mutex(record)
        self.suspects = suspects
        self.baseline = baseline
        self.checks = checks
        self.runner = runner
        self.redactor = redactor
        self.logger = logger
        self.guardian = guardian
    }

    var record: RunRecord { latestRecord.withLock { $0 } }

    /// Writes an event to the journal and takes it into the record.
    func append(_ event: JournalEvent) throws {
        let entry = try journal.append(event)
        latestRecord.withLock { $0.apply(entry) }
    }

    /// Reads the record again from the journal: what reports are made from is what a later `render` will find.
    func reload() throws {
        let record = try RunRecord(try Journal.entries(path: journal.path), path: journal.path)
        latestRecord.withLock { $0 = record }
    }

    /// What the run wrote down to be undone, and what became of it, in the form of the undo log itself.
    func writeUndoHistory() throws {
        try DurableFile.write(
            try runner.services.undoLog.entries().lines(redactor: redactor),
            to: URL(fileURLWithPath: directory.undoHistoryPath))
    }

    /// What was masked. Kept in the run's directory, since it is known to this process only.
    ///
    /// - Parameter documents: and state files, as they go into the bundle.
    func writeMaskingRecord(_ documents: [String: RedactedBytes]) throws {
        let record = MaskingRecord(
            replacements: redactor.replacements,
            renderings: documents.filter(\.value.isMaskedRendering).keys.sorted())
        try DurableFile.write(
            redactor.redact(json: [UInt8](try JSON.prettyData(record)), for: .documents),
            to: directory.maskingRecordURL)
    }
}
