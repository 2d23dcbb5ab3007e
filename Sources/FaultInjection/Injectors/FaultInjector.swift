import UndoLog

/// One way to break one thing.
///
/// The undo is known before the fault is on, and leads back to where things were, however often it is performed.
public protocol FaultInjector: Sendable {
    /// What stands in plans, logs and the undo log: `proxy mlflow disabled`.
    var summary: String { get }

    /// Looks at the state before the fault and says how to come back to it.
    ///
    /// - Throws: ``FaultError`` `alreadyDisturbed` when it is not a steady state.
    func undoActions() async throws(FaultError) -> [UndoAction]

    func inject() async throws(FaultError)

    /// Whether the fault is on, as far as the means of injection can tell.
    func isInPlace() async throws(FaultError) -> Bool
}
