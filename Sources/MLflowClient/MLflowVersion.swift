/// The version of a server as its `/version` page tells it: `3.9.0`, `"2.22.1"`, `2.9.2.dev0`, `3.10.0rc1`.
public struct MLflowVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var major: Int
    public var minor: Int
    var patch: Int

    public init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Nil for a text that is no version: somebody else's page, an empty one.
    public init?(_ text: String) {
        // A version stands on one short line; a page of the user interface does not.
        let shape = #/\s*"?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[.+-]?[A-Za-z][A-Za-z0-9.+-]*)?"?\s*/#
        guard text.utf8.count <= 64, let match = text.wholeMatch(of: shape), let major = Int(match.1),
            let minor = Int(match.2)
        else { return nil }
        self.init(major, minor, match.3.flatMap { Int($0) } ?? 0)
    }

    public var description: String { "\(major).\(minor).\(patch)" }

    public static func < (left: MLflowVersion, right: MLflowVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
