import Formats
import Foundation
import TestSupport
import Testing

@Suite struct JSONAndTimeTests {
    @Test("any JSON keeps its kinds: numbers are not booleans, and whole numbers stay whole")
    func anyJSON() throws {
        let text = #"{"a":[1,0,true,false,null,1.5,-9007199254740993,"1",{"b":{}}]}"#
        let value = try JSON.decode(JSONValue.self, from: Data(text.utf8))
        #expect(
            value["a"] == [
                1, 0, true, false, nil, 1.5, .integer(-9_007_199_254_740_993), "1", .object(["b": .object([:])]),
            ])
        #expect(try JSON.text(value) == text)
        #expect(value.at("a[8].b")?.object == [:])
        #expect(value.at("a[9]") == nil && value.at("b.c") == nil && value.at("a[-1]") == nil)
    }

    @Test("texts are replaced wherever they stand, names of members included")
    func mapTexts() throws {
        let value: JSONValue = ["k": ["x", 1, ["k": "x"]], "x": nil]
        #expect(value.mapTexts { $0 == "x" ? "y" : $0 } == ["k": ["y", 1, ["k": "y"]], "y": nil])
    }

    @Test("a moment is written as Foundation writes it, to the millisecond, and read back")
    func timestamps() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the timestamp test: \(seed)")
        var random = SplitMix(seed: seed)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        // 1600 to 9999: before 1582 Foundation counts by the Julian calendar.
        let years = -11_676_096_000_000...Int64(253_402_300_799_999)
        let edges: [Int64] = [0, -1, 1, -1000, 951_782_400_000, 4_107_542_399_999, years.lowerBound, years.upperBound]
        for milliseconds in edges + (0..<2000).map({ _ in Int64.random(in: years, using: &random) }) {
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            let text = Timestamp.text(date)
            // Foundation cuts the binary fraction off instead of rounding it, so it is asked half a millisecond later.
            let expected = style.format(date.addingTimeInterval(0.0004))
            #expect(text == expected, "\(milliseconds), seed \(seed)")
            let read = try #require(Timestamp.date(text))
            #expect(abs(read.timeIntervalSince(date)) < 0.0005)
            #expect(Timestamp.compact(date) == String(text.prefix(19)).filter { $0 != "-" && $0 != ":" } + "Z")
        }
    }

    @Test("what is no moment is none", arguments: ["", "2026", "2026-13-01T00:00:00Z", "2026-01-01 00:00:00", "now"])
    func noTimestamps(text: String) {
        #expect(Timestamp.date(text) == nil)
    }

    @Test("durations are written in seconds to the microsecond")
    func seconds() throws {
        struct Holder: Codable { @Seconds var time: Duration }
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(seed: seed)
        for _ in 0..<500 {
            let duration = Duration.microseconds(Int64.random(in: 0..<10_000_000_000, using: &random))
            let read = try JSON.decode(Holder.self, from: try JSON.data(Holder(time: duration))).time
            #expect(abs((read - duration).seconds) < 0.000_001, "seed \(seed)")
        }
        #expect(try JSON.text(Holder(time: .milliseconds(250))) == #"{"time":0.25}"#)
    }

    @Test(
        "durations read well",
        arguments: [
            (Duration.microseconds(850), "850 µs"), (.milliseconds(12), "12 ms"), (.microseconds(12_340), "12.3 ms"),
            (.seconds(4), "4 s"), (.milliseconds(4250), "4.3 s"), (.seconds(65), "1 min 05 s"), (.zero, "0 µs"),
            (.seconds(3600), "60 min 00 s"),
        ])
    func readable(duration: Duration, expected: String) {
        #expect(duration.readable == expected)
    }
}
