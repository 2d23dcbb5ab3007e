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
    /// Reads what the target is now; the profile too when the run knows one.
    let identify: @Sendable (_ withProfile: Bool) async -> [String: String]
    /// Returns when the journal as it is outlives this machine.
    let keep: @Sendable () async throws -> Void

    /// A run that can go on.
    struct Opened {
        let directory: RunDirectory
        let journal: Journal
        let record: RunRecord
        /// Checks that are run alone, because the process died while they ran.
        var suspects: Set<CheckID> = []
    }

    func open(
        plan: Plan, header: RunHeader, resumes: Bool, limits: LimitSettings, progress: (ProgressEvent) -> Void
    ) async throws -> Opened {
        if resumes, let directory = try resumable(header) {
            return try await resume(directory, plan: plan, limits: limits, progress: progress)
        }
        return try await begin(plan: plan, header: header, progress: progress)
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
    ) async throws -> Opened {
        try directory.create()
        directory.removeExcerpts()
        try log.append(toFile: directory.logPath)
        let (journal, entries, tornBytes) = try Journal.open(path: directory.journalPath, redactor: redactor, now: now)
        var record = try RunRecord(entries, path: directory.journalPath)
        let logger = log.logger("job")
        if tornBytes > 0 {
            logger.warning("the journal's last line was torn by the earlier death; \(tornBytes) bytes were cut off")
        }
        let known = knownIdentity(record)
        let identity = await identify(known["api.profile"] != nil)
        let changes = TargetChange.between(known, identity)
        for change in changes { logger.warning("\(change); what depends on it is made again") }
        let unknown = known.keys.filter { identity[$0] == nil }.sorted()
        if !unknown.isEmpty {
            logger.warning("could not be read again, so taken to be unchanged: \(unknown.joined(separator: ", "))")
        }
        if !changes.isEmpty { try SnapshotFolder(run: directory, redactor: redactor).discard() }

        let store = EvidenceStore(directory: directory.evidenceDirectory, redactor: redactor)
        let decision = ResumeDecision(
            of: record, newPlan: plan, targetChanges: changes, limits: limits, now: now()
        ) { result in
            result.evidence.allSatisfy(store.holds)
        }
        record.apply(try journal.append(.runResumed(plan: plan, dropped: decision.dropped)))
        record.apply(try journal.append(.targetIdentified(identity)))
        let fatal = FatalChecks(entries)
        for result in refused(by: fatal, in: record) {
            record.apply(try journal.append(.checkFinished(result)))
            logger.error("\(result.id): \(result.outcome.message)")
        }
        logger.notice(
            "run \(record.header.runID) goes on: \(record.results.count) results reused, \(decision.dropped.count) made again"
        )
        progress(.resumed(dropped: decision.dropped))
        progress(.started(runID: record.header.runID, plan: plan, reused: record.results.count))
        return Opened(directory: directory, journal: journal, record: record, suspects: fatal.suspects)
    }

    /// What the run knows of its target; the profile is a fact of one of its checks.
    private func knownIdentity(_ record: RunRecord) -> [String: String] {
        var identity = record.identity ?? [:]
        if let profile = record.fact(.profile) { identity["api.profile"] = profile }
        return identity
    }

    /// The results of the checks that would end the process once more.
    private func refused(by fatal: FatalChecks, in record: RunRecord) -> [CheckResult] {
        record.plan.selected.map(\.descriptor.id).filter { record.results[$0] == nil }.compactMap { id in
            fatal.verdict(on: id).map { CheckResult(id: id, outcome: $0, startedAt: now(), duration: .zero) }
        }
    }

    private func begin(plan: Plan, header: RunHeader, progress: (ProgressEvent) -> Void) async throws -> Opened {
        let directory = state.run(header.runID)
        try directory.create()
        try log.append(toFile: directory.logPath)
        let (journal, _, _) = try Journal.open(path: directory.journalPath, redactor: redactor, now: now)
        var record = try RunRecord([try journal.append(.runStarted(header, plan))], path: directory.journalPath)
        // Before the target is asked anything: whoever comes after a death goes on with this run.
        try await keep()
        state.removeOldRuns()
        progress(.started(runID: header.runID, plan: plan, reused: 0))
        record.apply(try journal.append(.targetIdentified(await identify(false))))
        return Opened(directory: directory, journal: journal, record: record)
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
