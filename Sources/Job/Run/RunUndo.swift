import RunModel
import UndoLog

/// Takes back what a run broke or created, and what earlier runs left.
struct RunUndo: Sendable {
    let logs: UndoLogs
    let performer: UndoPerformer

    /// What earlier runs left on is undone before anything else.
    ///
    /// - Throws: `UndoLogError` for a log that cannot be used: nobody knows then what is broken.
    func undoWhatIsOpen(log: LogSink, progress: (ProgressEvent) -> Void) async throws {
        // What may still arrive disturbs no check: it is looked at again at the end.
        let report = await logs.undoAll(by: "resume", performer: performer, lateArrivals: .leftOpen)
        let logger = log.logger("undo")
        if !report.undone.isEmpty { progress(.undoing(count: report.undone.count)) }
        for record in report.undone { logger.warning("undone, left by run \(record.runID): \(record.what)") }
        for failure in report.failed { logger.error("could not be undone: \(failure.record.what): \(failure.reason)") }
        if let problem = report.problems.first { throw problem }
    }

    /// Takes back whatever is open, also what earlier runs left. The guardian lives until that is done, and goes on trying
    /// after this process when it could not be done.
    ///
    /// - Parameter settling: how long to wait at most for changes that may still be made; nil for as long as it takes.
    /// - Returns: what is still open, in words.
    func undoAll(of session: RunSession, within patience: Duration, settling: Duration?) async -> [String] {
        let report = await logs.undoAll(
            by: "run", performer: performer, patience: patience, lateArrivals: .awaited(atMost: settling))
        let open = report.failed.map { "\($0.record.what): \($0.reason)" } + report.problems.map { "\($0)" }
        await session.guardian?.release(within: .seconds(open.isEmpty ? 5 : 1))
        return open
    }
}
