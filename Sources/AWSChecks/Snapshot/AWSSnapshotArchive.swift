import RunModel

/// Keeps a snapshot part by part, so that a run that goes on after a death does not ask AWS again, and whoever opens the
/// bundle sees what AWS said.
public protocol AWSSnapshotArchive: Sendable {
    /// The parts kept so far, and what was expected when they were collected; nil when there are none.
    func contents() throws -> (parts: [AWSItem: AWSSnapshot], expectations: AWSExpectations)?

    /// Begins anew: forgets all parts and keeps what is expected.
    func begin(_ expectations: AWSExpectations) throws

    /// Keeps one part, and gives it back as a reader of the archive will see it: with whatever is secret replaced. Checks
    /// look at this, so that they find the same offline.
    func keep(_ part: AWSSnapshot, of item: AWSItem) throws -> AWSSnapshot

    /// Keeps the change record, for diagnosis and for readers.
    func keep(_ changes: ChangeRecord) throws
}
