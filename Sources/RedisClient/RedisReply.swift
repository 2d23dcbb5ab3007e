/// What Redis answered.
public indirect enum RedisReply: Sendable, Equatable {
    /// A simple string such as `OK` or `PONG`.
    case status(String)
    case string(String)
    case integer(Int64)
    case array([RedisReply])
    case null
    /// An error inside an array; an error as the whole answer is thrown.
    case error(String)

    /// The text of a status or a string.
    public var text: String? {
        switch self {
        case .status(let text), .string(let text): text
        default: nil
        }
    }

    /// The number of an integer reply.
    public var number: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The elements of an array; empty for anything else.
    public var elements: [RedisReply] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// The lines `key:value` of an INFO answer; comments and headings are left out.
    public var information: [String: String] {
        var fields: [String: String] = [:]
        for line in (text ?? "").split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }
}
