/// Keeps undo logs where they outlive this machine.
public protocol UndoLogCopy: Sendable {
    /// Returns when everything that the file says is kept there, and this process may still change the target.
    ///
    /// - Parameter path: of the log on this machine.
    func secure(_ path: String) async throws(UndoLogError)
}
