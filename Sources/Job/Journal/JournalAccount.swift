import RunModel

/// What a journal says, taken in event by event: the run's record, how it ended, and whether a run writes its events so.
struct JournalAccount {
    /// Nil before the first event.
    private(set) var record: RunRecord?
    /// How the run ended; nil when the last event says something else.
    private(set) var end: End?
    private(set) var events = 0
    /// What no run writes, each with the number of its line.
    private(set) var objections: [String] = []
    /// The bytes of a last line that is not whole.
    private(set) var tornBytes = 0

    struct End {
        let verdict: Verdict
        /// The SHA-256 of the kept files by path; nil in journals that do not say.
        let kept: [String: String]?
    }

    /// More objections than these tell nobody anything.
    private static let maximumObjections = 20

    private var planned: [CheckID: Phase] = [:]
    /// Whether the phases were told to be over.
    private var isEnding = false

    /// Reads a journal.
    ///
    /// - Parameter limits: for one from outside; nil reads whatever is there.
    static func read(path: String, within limits: JournalLimits? = nil) throws(JournalError) -> JournalAccount {
        var account = JournalAccount()
        account.tornBytes = try Journal.forEachEntry(path: path, within: limits) { account.take($0) }
        guard account.record != nil else { throw .headless(path: path) }
        return account
    }

    private mutating func take(_ entry: JournalEntry) {
        events += 1
        guard record != nil else { return begin(entry) }
        if let objection = objection(to: entry.event), objections.count < Self.maximumObjections {
            objections.append("line \(entry.seq): \(objection)")
        }
        end = nil
        switch entry.event {
        case .interrupted, .undoState: isEnding = true
        case .runResumed(let plan, _):
            isEnding = false
            note(plan)
        case .runFinished(let verdict, let kept): end = End(verdict: verdict, kept: kept)
        default: break
        }
        record?.apply(entry)
    }

    private mutating func begin(_ entry: JournalEntry) {
        guard let record = try? RunRecord([entry], path: "") else { return }
        self.record = record
        note(record.plan)
    }

    private mutating func note(_ plan: Plan) {
        planned = Dictionary(plan.entries.map { ($0.descriptor.id, $0.descriptor.phase) }) { first, _ in first }
        if planned.count < plan.entries.count { objections.append("line \(events): the plan holds a check twice") }
    }

    /// Why no run writes the event at this place; nil when one may.
    ///
    /// A run that goes on makes again what it finds reason to, so what comes after that is held to less.
    private func objection(to event: JournalEvent) -> String? {
        guard let record else { return nil }
        if end != nil {
            if case .runResumed = event { return nil }
            return "an event after the end of the run"
        }
        let isFirstLife = record.resumes.isEmpty
        switch event {
        case .runStarted: return "the run starts twice"
        case .phaseStarted(let phase), .phaseFinished(let phase):
            guard record.header.phases.contains(phase) else { return "the phase \(phase.name) was not asked for" }
            let times = record.phases.first { $0.phase == phase }
            if case .phaseFinished = event {
                if times == nil { return "the phase \(phase.name) ends and did not begin" }
                return isFirstLife && times?.finishedAt != nil ? "the phase \(phase.name) ends twice" : nil
            }
            return isFirstLife && times != nil ? "the phase \(phase.name) begins twice" : nil
        case .checkStarted(let check): return objection(to: check, in: record)
        case .checkFinished(let result):
            if isFirstLife, record.results[result.id] != nil { return "\(result.id) ends twice" }
            return objection(to: result.id, in: record)
        case .questionAnswered(let asked):
            guard record.phases.contains(where: { $0.phase > .validation }) else {
                return "\(asked.result.id) is asked before the documents are due"
            }
            let isTwice = record.questions?.contains { $0.result.id == asked.result.id } ?? false
            return isTwice ? "\(asked.result.id) is asked twice" : nil
        case .runFinished:
            return isFirstLife && !isEnding ? "the run ends without saying what is left to undo" : nil
        case .runResumed, .targetIdentified, .undoState, .interrupted: return nil
        }
    }

    private func objection(to check: CheckID, in record: RunRecord) -> String? {
        guard let phase = planned[check] else { return "\(check) is not in the plan" }
        guard record.resumes.isEmpty else { return nil }
        if isEnding { return "\(check) after the checks were over" }
        guard let times = record.phases.first(where: { $0.phase == phase }) else {
            return "\(check) before its phase \(phase.name) begins"
        }
        return times.finishedAt == nil ? nil : "\(check) after its phase \(phase.name) has ended"
    }
}
