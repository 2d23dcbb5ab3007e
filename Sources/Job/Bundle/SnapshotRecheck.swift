import AWSChecks
import CheckKit
import Foundation
import RunModel
import Secrets
import Settings

/// Runs the checks over the AWS snapshot again, from what a run's directory holds. Nothing is asked of AWS.
struct SnapshotRecheck {
    let run: RunDirectory

    /// Makes the results again and adds them to the run's journal, as when a run goes on.
    ///
    /// - Returns: the checks whose status is another one now.
    /// - Throws: ``SnapshotProblem`` when there is no snapshot; ``JournalError``.
    func perform(now: @escaping @Sendable () -> Date) throws -> [SnapshotDifference] {
        // Everything in the directory went through the redactor of the run itself.
        let redactor = Redactor([])
        let archive = SnapshotFolder(run: run, redactor: redactor)
        let (journal, entries, _) = try Journal.open(path: run.journalPath, redactor: redactor, now: now)
        defer { journal.close() }
        let record = try RunRecord(entries, path: run.journalPath)
        guard let (parts, expectations) = try archive.contents(), let snapshot = AWSSnapshot(parts: parts) else {
            throw SnapshotProblem.missing(run: record.header.runID)
        }
        let store = EvidenceStore(directory: run.evidenceDirectory, redactor: redactor)
        var results: [CheckResult] = []
        for check in try checks(in: record, having: Set(parts.keys)) {
            let recorder = Recorder()
            let outcome = check.outcome(over: snapshot, expectations, recorder: recorder)
            let contents = recorder.contents
            results.append(
                CheckResult(
                    id: check.descriptor.id, outcome: outcome, startedAt: snapshot.takenAt, duration: .zero,
                    evidence: try contents.evidence.map(store.store),
                    measurements: contents.measurements.filter(\.value.isFinite),
                    facts: contents.facts, muted: record.results[check.descriptor.id]?.muted))
        }
        try write(results, of: record, to: journal)
        return results.compactMap { result in
            guard let before = record.results[result.id], before.outcome != result.outcome else { return nil }
            return SnapshotDifference(check: result.id, before: before.outcome, after: result.outcome)
        }
    }

    /// The checks over the snapshot that had a result of their own, and whose parts were all kept.
    private func checks(in record: RunRecord, having items: Set<AWSItem>) throws -> [any SnapshotCheck] {
        let configuration = try Configuration.parse(
            "environment: \(record.header.environment)\naws: {}\n", path: "recheck", environment: [:])
        return Catalogue.checks(for: configuration).compactMap { $0 as? any SnapshotCheck }.filter { check in
            guard let status = record.results[check.descriptor.id]?.status else { return false }
            return status != .skipped && status != .blocked && items.isSuperset(of: check.items)
        }
    }

    private func write(_ results: [CheckResult], of record: RunRecord, to journal: Journal) throws {
        let dropped = Dictionary(results.map { ($0.id, ["checked again offline"]) }) { first, _ in first }
        try journal.append(.runResumed(plan: record.plan, dropped: dropped))
        let phases = Dictionary(record.plan.entries.map { ($0.descriptor.id, $0.descriptor.phase) }) { first, _ in first
        }
        for phase in record.phases where phase.phase <= .validation {
            try journal.append(.phaseStarted(phase.phase))
            for result in results where phases[result.id] == phase.phase { try journal.append(.checkFinished(result)) }
            if phase.finishedAt != nil { try journal.append(.phaseFinished(phase.phase)) }
        }
        for phase in record.phases where phase.phase > .validation {
            try journal.append(.phaseStarted(phase.phase))
            if phase.finishedAt != nil { try journal.append(.phaseFinished(phase.phase)) }
        }
        if let interruption = record.interruption { try journal.append(.interrupted(interruption)) }
        let again = try RunRecord(try Journal.entries(path: journal.path), path: journal.path)
        try journal.append(.runFinished(Verdict(of: again), kept: try run.keptDigests()))
    }
}

/// A check that says something else over the same snapshot than the run did.
public struct SnapshotDifference: Sendable, Hashable {
    public let check: CheckID
    public let before: Outcome
    public let after: Outcome
}
