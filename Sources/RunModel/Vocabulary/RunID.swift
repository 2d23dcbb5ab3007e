import Formats
import Foundation

/// The name of one run: its start in UTC and six random hexadecimal digits, so that names sort by time.
public struct RunID: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// Makes the name of a run that starts at `date`, such as `20260102T030405Z-9f8a7b`.
    public init(startedAt date: Date, random: UInt32 = .random(in: 0..<0x100_0000)) {
        let digits = String(random & 0xFF_FFFF, radix: 16)
        rawValue = Timestamp.compact(date) + "-" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    public var description: String { rawValue }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
