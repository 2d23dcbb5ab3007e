import Foundation
import Testing

@testable import Formats

@Suite struct JSONWriterTests {
    /// Values of every kind that the encoder of Foundation knows.
    private struct Sample: Encodable {
        var texts = [
            "", "plain", "quote \" slash / backslash \\", "\u{0}\u{1}\u{8}\u{c}\n\r\t\u{1f}\u{7f}", "é 漢 🙂",
            "\u{2028}",
        ]
        var numbers: [Double] = [
            0, -0.0, 1, 0.1, -2.5, 1e20, 1e16, 123_456_789.25, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
        ]
        var float: Float = 0.1
        var whole: [Int64] = [.min, -1, 0, .max]
        var small: UInt8 = 255
        var flags = [true, false]
        var nothing: String?
        var nothings: [String?] = [nil, "x"]
        var empty: [Int] = []
        var none: [String: Int] = [:]
        var byName = ["b": [1, 2], "a": [], "é": [3], "aa": [4], "B": [5]]
        var byNumber = [1: "one"]
        var at = Date(timeIntervalSince1970: 1_700_000_000.125)
        var url = URL(string: "https://example.org/a/b?c=d")
        var data = Data([0, 1, 255])
        var nested = Nested()
    }

    /// Fills containers by hand, in an order that is not that of their ends.
    private struct Nested: Encodable {
        private enum Key: String, CodingKey { case z, inner, list, a, last, twice }

        func encode(to encoder: any Encoder) throws {
            var outer = encoder.container(keyedBy: Key.self)
            try outer.encode("z", forKey: .z)
            var inner = outer.nestedContainer(keyedBy: Key.self, forKey: .inner)
            var list = outer.nestedUnkeyedContainer(forKey: .list)
            try list.encode(1)
            var element = list.nestedContainer(keyedBy: Key.self)
            var deeper = list.nestedUnkeyedContainer()
            try outer.encode([["a": 1]], forKey: .a)
            try inner.encode(true, forKey: .z)
            try element.encode("late", forKey: .last)
            try deeper.encodeNil()
            try list.encode("end")
            try inner.encode("a", forKey: .a)
            try outer.encode(1, forKey: .twice)
            try outer.encode(2, forKey: .twice)
        }
    }

    private func foundation(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(Timestamp.text(date))
        }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test("Bytes are those of Foundation's encoder")
    func writesAsFoundation() throws {
        let sample = Sample()
        #expect(try JSON.text(sample) == foundation(sample, []))
        #expect(
            String(decoding: try JSON.prettyBytes(sample), as: UTF8.self) == (try foundation(sample, .prettyPrinted))
                + "\n")
        #expect(try JSON.text([sample, sample].map(\.byName)) == foundation([sample, sample].map(\.byName), []))
        #expect(try JSON.text("alone") == "\"alone\"")
        #expect(try JSON.text([Int]()) == "[]")
    }

    @Test("A number that JSON has no word for is refused", arguments: [Double.nan, .infinity, -.infinity])
    func refusesNoNumbers(number: Double) {
        #expect(throws: EncodingError.self) { try JSON.bytes(["a": number]) }
    }

    @Test("A moment is read as Foundation reads it, in its usual form and in odd ones")
    func readsMoments() throws {
        for seconds in stride(from: -3.0e9, to: 6.0e9, by: 86_400 * 97.31 + 0.123) {
            let text = Timestamp.text(Date(timeIntervalSince1970: seconds))
            let expected = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)
            let read = try #require(Timestamp.date(text))
            #expect(Timestamp.text(read) == text)
            #expect(abs(read.timeIntervalSince(expected)) < 0.0005, "\(text)")
        }
        #expect(
            Timestamp.date("2026-02-30T00:00:00.000Z")
                == (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse("2026-02-30T00:00:00.000Z")))
        for text in [
            "", "2026-01-01", "2026-01-01T00:00:00.000", "2026-0x-01T00:00:00.000Z",
        ] {
            #expect(Timestamp.date(text) == nil, "\(text)")
        }
    }

    @Test("Side by side gives what one by one gives, and the first error")
    func mapsSideBySide() throws {
        let numbers = Array(0..<1000)
        #expect(numbers.concurrentMap { $0 * 2 } == numbers.map { $0 * 2 })
        #expect([Int]().concurrentMap { $0 } == [])
        let error = #expect(throws: Failure.self) {
            try numbers.concurrentMap { if $0 % 100 == 99 { throw Failure(number: $0) } }
        }
        #expect(error?.number == 99)
    }

    private struct Failure: Error { let number: Int }
}
