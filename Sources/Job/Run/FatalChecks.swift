import RunModel

/// How often the process died while a check ran, read from the journal. Pure.
///
/// A check that ends the process would end it again on every resume. So it runs alone after the first death, which tells it
/// from those that merely ran at the same time, and not at all after the second.
struct FatalChecks: Sendable {
    /// Deaths of the process by check; checks without any are left out.
    let deaths: [CheckID: Int]

    /// Deaths after which a check is not run again.
    static let limit = 2

    /// - Parameter entries: the journal up to the death, before the run is taken up again.
    init(_ entries: [JournalEntry]) {
        var running: Set<CheckID> = []
        var deaths: [CheckID: Int] = [:]
        func died() {
            for check in running { deaths[check, default: 0] += 1 }
            running = []
        }
        for entry in entries {
            switch entry.event {
            case .checkStarted(let check): running.insert(check)
            case .checkFinished(let result):
                // What ended by running does not end the process; a result that says so is not from running.
                if running.remove(result.id) != nil { deaths[result.id] = nil }
            // A run that is being stopped, or has come to its end, leaves no check behind: this is no death.
            case .interrupted, .runFinished: running = []
            case .runResumed: died()
            case .runStarted, .targetIdentified, .phaseStarted, .phaseFinished, .undoState, .questionAnswered: break
            }
        }
        died()
        self.deaths = deaths
    }

    /// Checks that are run alone, because the process died while they ran.
    var suspects: Set<CheckID> { Set(deaths.keys) }

    /// The outcome of a check that is not run again; nil while it may run.
    func verdict(on check: CheckID) -> Outcome? {
        guard let count = deaths[check], count >= Self.limit else { return nil }
        return .error(
            "the process died \(count) times while this check ran, so it is not run again in this run; see the log for its last lines"
        )
    }
}
