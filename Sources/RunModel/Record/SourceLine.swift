/// A line of a file under version control.
public struct SourceLine: Hashable, Sendable, Codable {
    /// From the repository's root.
    public var path: String
    /// Counted from 1.
    public var line: Int

    public init(path: String, line: Int) {
        self.path = path
        self.line = line
    }
}
