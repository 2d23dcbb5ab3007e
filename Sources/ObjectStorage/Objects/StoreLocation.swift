/// A place in S3: `s3://bucket/prefix/`.
public struct StoreLocation: Hashable, Sendable, CustomStringConvertible {
    public let bucket: String
    /// Empty, or ending in a slash.
    public let prefix: String

    /// Whether a text names a place that is not a directory of this machine.
    public static func isRemote(_ text: String) -> Bool { text.contains("://") }

    /// - Throws: ``Problem`` for anything but `s3://`, a bucket's name and a prefix of plain characters.
    public init(_ text: String) throws(Problem) {
        guard text.lowercased().hasPrefix("s3://") else {
            throw Problem(text: text, reason: "only a local directory or s3://bucket/prefix/ can be used")
        }
        let rest = text.dropFirst("s3://".count)
        let bucket = String(rest.prefix { $0 != "/" })
        guard bucket.wholeMatch(of: #/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/#) != nil else {
            throw Problem(text: text, reason: "‘\(bucket)’ is no name of a bucket (3 to 63 of a-z, 0-9, dot and hyphen)")
        }
        var prefix = String(rest.dropFirst(bucket.count + 1))
        if !prefix.isEmpty, !prefix.hasSuffix("/") { prefix += "/" }
        let steps = prefix.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let isPlain = prefix.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/-_.=+@".utf8.contains(byte)
            }
        }
        guard isPlain, prefix.utf8.count <= 512, steps.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw Problem(
                text: text,
                reason: "its prefix must be steps of letters, digits and - _ . = + @, at most 512 characters in all")
        }
        self.bucket = bucket
        self.prefix = prefix
    }

    public var description: String { "s3://\(bucket)/\(prefix)" }

    /// The text is no place that state can be kept in.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        let text: String
        public let reason: String
        public var description: String { "the state \(text) cannot be used: \(reason)" }
    }
}
