import Formats
import Foundation
import Testing

@Suite struct HostileJSONTests {
    @Test(
        "nesting beyond 128 levels is refused before it is parsed",
        arguments: [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]"), (" [ ", " ] ")])
    func depth(opening: String, closing: String) throws {
        func text(_ count: Int) -> Data {
            Data((String(repeating: opening, count: count) + "1" + String(repeating: closing, count: count)).utf8)
        }
        let levels = opening.count { "[{".contains($0) }
        _ = try JSON.decode(JSONValue.self, from: text(128 / levels))
        for count in [129, 1000, 100_000] {
            #expect { try JSON.decode(JSONValue.self, from: text(count)) } throws: {
                "\($0)".contains("nested deeper than 128 levels")
            }
        }
        // Without an end it is no better.
        #expect(throws: DecodingError.self) {
            try JSON.decode(JSONValue.self, from: Data(String(repeating: opening, count: 100_000).utf8))
        }
    }

    @Test("brackets and commas inside of texts do not count") func texts() throws {
        let inside = String(repeating: "[{\\\"\\\\,", count: 1000)
        let value = try JSON.decode(JSONValue.self, from: Data("[\"\(inside)\"]".utf8), largestCount: 2)
        #expect(value[0]?.string?.count == 5000)
    }

    @Test("more values than allowed are refused") func values() throws {
        let list = Data(("[" + Array(repeating: "0", count: 99).joined(separator: ",") + "]").utf8)
        #expect(try JSON.decode(JSONValue.self, from: list, largestCount: 100).array?.count == 99)
        #expect(throws: DecodingError.self) { try JSON.decode(JSONValue.self, from: list, largestCount: 99) }
    }
}

@Suite struct TerminalTextTests {
    /// Everything that has an effect on a terminal beyond showing itself.
    static let steering: [ClosedRange<UInt32>] = [
        0x00...0x1F, 0x7F...0x9F, 0x061C...0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x206F, 0xFFF9...0xFFFB,
        0xE0000...0xE007F,
    ]

    @Test("no scalar that steers a terminal gets through, and every other does") func everyScalar() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isSteering = Self.steering.contains { $0.contains(value) }
            let text = "a\(scalar)b"
            let line = TerminalText.safe(text)
            let lines = TerminalText.safeLines(text)
            if isSteering {
                #expect(!line.unicodeScalars.contains(scalar))
                #expect(lines.unicodeScalars.contains(scalar) == ["\n", "\t"].contains(scalar))
            } else if line != text || lines != text {
                Issue.record("U+\(String(value, radix: 16)) is changed")
            }
        }
    }

    @Test("JSON keeps its values and shows no control character") func json() throws {
        var text = ""
        for range in Self.steering { for value in range { text.unicodeScalars.append(Unicode.Scalar(value) ?? " ") } }
        let json = String(decoding: try JSON.prettyData(JSONValue.object([text: .string(text)])), as: UTF8.self)
        let safe = TerminalText.safeJSON(json)
        #expect(TerminalText.safeLines(safe) == safe)
        #expect(try JSON.decode(JSONValue.self, from: Data(safe.utf8))[text]?.string == text)
    }
}
