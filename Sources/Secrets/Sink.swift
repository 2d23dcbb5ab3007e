/// The ways out of the process: every place where something is written that others may read.
public enum Sink: String, CaseIterable, Sendable, Hashable {
    /// What commands say on the terminal: progress, messages, errors, tables.
    case messages
    /// What commands print as data: JSON.
    case data
    /// Log lines, on stderr and in the run's log.
    case log
    case journal
    case evidence
    /// Kept loads.
    case metrics
    /// What AWS said, what is expected of it, and who changed what.
    case snapshot
    /// What a run must undo: configured secrets are masked so that an undo can put them back.
    case undoLog
    /// The same for the bundle.
    case undoHistory
    /// Documents, state files and everything else that is made from the journal for the bundle.
    case documents
    /// Files that a command writes where its options say.
    case files
}
