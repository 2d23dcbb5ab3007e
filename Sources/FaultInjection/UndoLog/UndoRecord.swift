import Foundation
import RunModel

/// A change that is about to be made to the target, written down before it is made.
public struct UndoRecord: Hashable, Sendable, Codable, Identifiable {
    public var id: String
    public var runID: RunID
    public var checkID: CheckID
    /// What is changed, for people: `proxy mlflow disabled`.
    public var what: String
    public var openedAt: Date
    /// After this moment the change is undone even if nobody asks for it.
    public var leaseEnds: Date
    /// Performed in order.
    public var actions: [UndoAction]
    /// How long a request that makes the change may still be on its way when nobody waits for its answer any more, in
    /// seconds; nil when the change is made at once or not at all.
    public var settling: Double?

    public init(
        id: String = UUID().uuidString.lowercased(), runID: RunID, checkID: CheckID, what: String, openedAt: Date,
        lease: Duration, actions: [UndoAction], settling: Duration? = nil
    ) {
        self.id = id
        self.runID = runID
        self.checkID = checkID
        self.what = what
        self.openedAt = openedAt
        self.leaseEnds = openedAt.addingTimeInterval(lease.seconds)
        self.actions = actions
        self.settling = settling?.seconds
    }
}

/// One line of the log.
public struct UndoEvent: Hashable, Sendable, Codable {
    public enum Kind: Hashable, Sendable, Codable {
        case opened(UndoRecord)
        /// Undone; `by` names who did it: `run`, `guardian`, `undo`, `resume`.
        case closed(id: String, by: String)
        /// An attempt that did not succeed; the record stays open.
        case undoFailed(id: String, by: String, reason: String)
    }

    /// 1, 2, 3 … in the order of the file.
    public var sequence: Int
    public var at: Date
    public var kind: Kind
}
