import RunModel
import UndoLog

extension CheckContext {
    /// Takes back what the check changed, newest first, in a cancelled task too.
    ///
    /// What cannot be taken back is noted next to the outcome and stays open in the undo log, which the run looks at again at its
    /// end; so does a change that was sent and never answered, because it may still be made.
    ///
    /// - Returns: what is left, a sentence each.
    @discardableResult
    package func takeBack(
        _ selection: UndoReplay.Selection, patience: Duration = .seconds(30)
    ) async -> [String] {
        let replay = services.undoReplay
        let late: UndoReplay.LateArrivals = recorder.contents.hasUnansweredChange ? .leftOpen : .none
        let result = await Task { () async -> Result<UndoReport, UndoLogError> in
            do throws(UndoLogError) {
                return .success(try await replay.run(selection, by: "run", patience: patience, lateArrivals: late))
            } catch {
                return .failure(error)
            }
        }.value
        let left: [String] =
            switch result {
            case .success(let report): report.failed.map { "\($0.record.what): \($0.reason)" }
            case .failure(let error): ["\(error)"]
            }
        for text in left {
            log.warning("clean-up: \(text)")
            recorder.leaveBehind(text)
        }
        return left
    }
}
