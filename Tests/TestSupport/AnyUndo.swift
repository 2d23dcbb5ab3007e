import UndoLog

/// Permits every undo, for tests of something else.
public struct AnyUndo: UndoPermission {
    public init() {}

    public func refusal(of action: UndoAction) -> String? { nil }
}
