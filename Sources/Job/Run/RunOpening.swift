import Foundation
import RunModel
import Secrets
import Settings

/// Opens the run to work on: the unfinished one of the state directory, or a new one.
struct RunOpening {
    let state: StateDirectory
    let redactor: Redactor
    let now: @Sendable () -> Date
    let log: LogSink

    func open(
        plan: Plan, header: RunHeader, resumes: Bool, limits: LimitSettings, progress: (ProgressEvent) -> Void
    ) throws -> (RunDirectory, Journal, RunRecord) {
        if resumes, let directory = try resumable(header) {
            return try resume(directory, plan: plan, limits: limits, progress: progress)
        }
        return try begin(plan: plan, header: header, progress: progress)
    }

    /// The newest run, when it did not come to its end and was asked the same by the same build.
    private func resumable(_ header: RunHeader) throws -> RunDirectory? {
        guard let newest = state.runs.last else { return nil }
        let entries = try Journal.entries(path: newest.journalPath)
        // A run that died before its first line was written has nothing to go on from.
        guard !entries.isEmpty else { return nil }
        let record = try RunRecord(entries, path: newest.journalPath)
        let wasCutOff = [.terminated, .interrupted, .deadline].contains(record.interruption)
        guard !entries.isFinished || wasCutOff || !newest.isDelivered else { return nil }
        let differences = record.header.differences(from: header)
        guard differences.isEmpty else {
            log.logger("job").notice(
                "the unfinished run \(record.header.runID) is left as it is: other \(differences.joined(separator: ", ")); a new run begins"
            )
            return nil
        }
        return newest
    }

    private func resume(
        _ directory: RunDirectory, plan: Plan, limits: LimitSettings, progress: (ProgressEvent) -> Void
    ) throws -> (RunDirectory, Journal, RunRecord) {
        try directory.create()
        try log.append(toFile: directory.logPath)
        let (journal, entries, tornBytes) = try Journal.open(path: directory.journalPath, redactor: redactor, now: now)
        var record = try RunRecord(entries, path: directory.journalPath)
        let logger = log.logger("job")
        if tornBytes > 0 {
            logger.warning("the journal's last line was torn by the earlier death; \(tornBytes) bytes were cut off")
        }
        let store = EvidenceStore(directory: directory.evidenceDirectory, redactor: redactor)
        let decision = ResumeDecision(of: record, newPlan: plan, limits: limits, now: now()) { result in
            result.evidence.allSatisfy(store.holds)
        }
        let event = JournalEvent.runResumed(plan: plan, dropped: decision.dropped)
        let entry = try journal.append(event)
        record = try RunRecord(entries + [entry], path: directory.journalPath)
        logger.notice(
            "run \(record.header.runID) goes on: \(record.results.count) results reused, \(decision.dropped.count) made again"
        )
        progress(.resumed(dropped: decision.dropped))
        progress(.started(runID: record.header.runID, plan: plan, reused: record.results.count))
        return (directory, journal, record)
    }

    private func begin(
        plan: Plan, header: RunHeader, progress: (ProgressEvent) -> Void
    ) throws -> (RunDirectory, Journal, RunRecord) {
        let directory = state.run(header.runID)
        try directory.create()
        try log.append(toFile: directory.logPath)
        let (journal, _, _) = try Journal.open(path: directory.journalPath, redactor: redactor, now: now)
        let entry = try journal.append(.runStarted(header, plan))
        state.removeOldRuns()
        progress(.started(runID: header.runID, plan: plan, reused: 0))
        return (directory, journal, try RunRecord([entry], path: directory.journalPath))
    }
}

extension RunHeader {
    /// The names of what makes two runs different ones. The header is written once, so a run that goes on keeps its own.
    fileprivate func differences(from other: RunHeader) -> [String] {
        var names: [String] = []
        if schema != other.schema { names.append("schema") }
        if build != other.build { names.append("build") }
        if change["commit"] != other.change["commit"] { names.append("commit") }
        if phases != other.phases { names.append("phases") }
        if options != other.options { names.append("options") }
        if target != other.target { names.append("target") }
        if gate != other.gate || isProduction != other.isProduction { names.append("gate") }
        return names
    }
}
