/// What the files of a folder are to a store that mirrors it. Paths are relative to the folder.
public protocol MirrorLayout: Sendable {
    func kind(of path: String) -> MirroredKind

    /// The files that a start needs on the disk, of all that the store has.
    func wanted(of paths: [String]) -> Set<String>

    /// The append-only files that must not be gone on with by whoever wrote them before, of all that the store has. They need not
    /// exist.
    ///
    /// - Parameter filled: the append-only files that were read and say something.
    func sealed(of paths: [String], filled: Set<String>) -> Set<String>

    /// The directory with which the file goes: when it is not there any more, the file's objects are removed.
    func owner(of path: String) -> String?

    /// A file that is always there: without it somebody else has removed the folder, and nothing in the store is touched.
    var identity: String { get }
}

public enum MirroredKind: Hashable, Sendable {
    /// Only of use on this machine.
    case local
    /// Written whole.
    case file
    /// Appended to in whole lines; what it says must not be lost.
    case stream
    /// Appended to in whole lines; a few may be lost.
    case log
}
