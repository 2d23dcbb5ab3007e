/// The stable name of a check, such as `CB-05` or `AWS-ALB-02`.
///
/// It is upper-case ASCII letters, digits and hyphens, and stays the same for the life of the check: reports, baselines,
/// mutes and `--only` patterns refer to it.
public struct CheckID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible,
    ExpressibleByStringLiteral, CodingKeyRepresentable
{
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }

    public var description: String { rawValue }
    public static func < (left: CheckID, right: CheckID) -> Bool { left.rawValue < right.rawValue }

    /// Whether the identifier matches a shell-like pattern, in which `*` stands for any run of characters and `?` for one.
    public func matches(_ pattern: String) -> Bool {
        GlobPattern(pattern).matches(rawValue)
    }
}

extension CheckID: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
