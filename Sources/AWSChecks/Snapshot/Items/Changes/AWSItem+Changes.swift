import AWSClient
import RunModel

extension AWSItem {
    /// What CloudTrail says was changed.
    public static let changes = AWSItem(
        "changes", at: \.changes, actions: ["cloudtrail:LookupEvents"], aidedBy: [.identity]
    ) {
        collector, snapshot in
        await collector.changes(of: snapshot.identity)
    }
}

extension AWSSnapshot {
    /// What CloudTrail reported.
    public var changes: Collected<ChangeRecord>? {
        get { self[.changes] }
        set { self[.changes] = newValue }
    }
}
