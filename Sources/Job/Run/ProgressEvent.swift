import RunModel

/// What happens during a run, as it happens, for whoever shows it.
public enum ProgressEvent: Sendable {
    case undoing(count: Int)
    case started(runID: RunID, plan: Plan, reused: Int)
    case resumed(dropped: [CheckID: [String]])
    case phaseStarted(Phase, checks: Int)
    case checkStarted(CheckDescriptor)
    case checkFinished(CheckDescriptor, CheckResult)
    case phaseFinished(Phase)
    case stopping(Interruption)
    case bundleWritten(path: String, sha256: String)
    /// With the last line: the verdict in the words of the summary.
    case finished(line: String)
}
