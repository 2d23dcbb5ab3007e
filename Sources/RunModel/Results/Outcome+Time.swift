extension Outcome {
    /// Whether the verdict rests on figures of time: a machine that shares its processors among too many may have made them.
    public var restsOnTime: Bool {
        switch self {
        case .timeout: true
        case .failed(let mismatch):
            switch mismatch.symptom {
            case .excess(let excess): [.time, .rate, .errors, .regression].contains(excess.quantity)
            case .eventLoopBlocked: true
            default: false
            }
        default: false
        }
    }

    /// Whether the verdict rests on silence within a time of ours: only a machine that stood still may have made it.
    public var restsOnSilence: Bool {
        guard case .failed(let mismatch) = self, case .noConnection(let problem) = mismatch.symptom else {
            return false
        }
        return [.timedOut, .silent].contains(problem.manner)
    }

    /// The component whose own side gave up waiting (504), which a machine that is short of processors may have made where the
    /// target stands on it too. Nil for every other verdict.
    public var givenUpByTarget: Component? {
        guard case .failed(let mismatch) = self, case .answer(let answer) = mismatch.symptom, answer.status == 504
        else { return nil }
        return answer.component
    }
}
