import Formats
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
