import Foundation

/// What a JSON text asks of whoever parses it, counted before anybody does.
///
/// Parsers that go down with their input pay for every level over and over: a hundred thousand brackets kept one check busy for
/// ten seconds. And a value of two bytes takes a hundred once it is parsed. What is sound JSON is left to the parser; this only
/// looks at brackets and commas outside of texts.
public struct JSONWeight: Hashable, Sendable {
    /// The deepest nesting that is parsed. The answers of the systems under test stay below 12, our own documents below 30.
    public static let largestDepth = 128

    /// How many values there are; an empty list counts as one that holds one.
    public private(set) var values = 1
    /// How deep lists and objects lie in one another.
    public private(set) var depth = 0
    /// How many members the largest list or object has: each key of an object costs a parser hundreds of bytes.
    public private(set) var width = 0
    /// Of the longest text, in bytes as it is written.
    public private(set) var longestText = 0

    /// - Parameter bytes: need not be JSON; the count is that of the JSON that they begin to be.
    public init(of bytes: UnsafeBufferPointer<UInt8>) {
        var open = 0
        var index = 0
        // Of the lists and objects that are open. What lies deeper is refused for its depth.
        var widths = [Int](repeating: 0, count: Self.largestDepth + 1)
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case 0x22:
                let end = Self.endOfText(in: bytes, from: index)
                longestText = max(longestText, end - index)
                index = end + 1
            case 0x2C:
                values += 1
                guard (1...Self.largestDepth).contains(open) else { continue }
                widths[open] += 1
                if widths[open] > width { width = widths[open] }
            case 0x5B, 0x7B:
                values += 1
                open += 1
                if open > depth { depth = open }
                guard (1...Self.largestDepth).contains(open) else { continue }
                widths[open] = 1
                if width == 0 { width = 1 }
            case 0x5D, 0x7D: open -= 1
            default: break
            }
        }
    }

    /// Where the text ends that begins there: at its closing quotation mark.
    private static func endOfText(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] != 0x22 {
            // A backslash takes the next byte with it.
            index += bytes[index] == 0x5C ? 2 : 1
        }
        return min(index, bytes.count)
    }

    public init(of data: Data) {
        self = data.withUnsafeBytes { JSONWeight(of: $0.bindMemory(to: UInt8.self)) }
    }

    public init(of bytes: [UInt8]) { self = bytes.withUnsafeBufferPointer(JSONWeight.init(of:)) }
}
