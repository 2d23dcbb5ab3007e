import Foundation
import RunModel

extension RunRecord {
    /// Rebuilds the record of a run from its journal.
    public init(_ entries: [JournalEntry], path: String) throws(JournalError) {
        guard let first = entries.first, case .runStarted(let header, let plan) = first.event else {
            throw .headless(path: path)
        }
        self.init(header: header, plan: plan, lastActivity: first.at)
        for entry in entries.dropFirst() { apply(entry) }
    }

    /// The phases with planned checks that have no result.
    private var openPhases: Set<Phase> {
        Set(plan.entries.filter { $0.isPlanned && results[$0.descriptor.id] == nil }.map(\.descriptor.phase))
    }

    /// Takes an event in, in the order of the journal.
    mutating func apply(_ entry: JournalEntry) {
        switch entry.event {
        case .runStarted, .checkStarted, .runFinished: break
        case .runResumed(let newPlan, let dropped):
            plan = newPlan
            for id in dropped.keys { results[id] = nil }
            // What comes now may answer otherwise, and leave other causes.
            questions = nil
            resumes.append(entry.at)
            interruption = nil
            // Phases 4 and 5 describe the results; they are written anew whenever a run goes on. A phase with checks that are
            // still to come has not ended, although it had.
            let open = openPhases
            phases.removeAll { $0.phase > .validation || $0.finishedAt == nil || open.contains($0.phase) }
        // What is unknown this time is as it was.
        case .targetIdentified(let facts): identity = (identity ?? [:]).merging(facts) { _, new in new }
        case .phaseStarted(let phase):
            if !phases.contains(where: { $0.phase == phase }) {
                phases.append(PhaseRecord(phase: phase, startedAt: entry.at))
            }
        case .phaseFinished(let phase):
            if let index = phases.firstIndex(where: { $0.phase == phase }) { phases[index].finishedAt = entry.at }
        case .checkFinished(let result):
            results[result.id] = result
            lastActivity = entry.at
        case .questionAnswered(let asked): questions = (questions ?? []) + [asked]
        case .undoState(let open): openUndos = open
        case .interrupted(let cause): interruption = cause
        }
    }
}

extension [JournalEntry] {
    /// Whether the run came to its end.
    public var isFinished: Bool {
        if case .runFinished = last?.event { true } else { false }
    }
}
