import Formats
import Foundation
import TestSupport
import Testing

@Suite struct OutsideNumberTests {
    private static let extremes = [
        .nan, .infinity, -.infinity, 1e300, -1e300, 0x1p63, -0x1p63, 1e19, .greatestFiniteMagnitude, -1, -0.0, 0.5,
    ]

    @Test("a number becomes the nearest integer, whatever it is", arguments: extremes)
    func clamping(number: Double) {
        let wanted: Int64 =
            number.isNaN
            ? 0 : number >= 0x1p63 ? .max : number <= -0x1p63 ? .min : Int64(exactly: number.rounded(.towardZero)) ?? 0
        #expect(Int64(clamping: number) == wanted)
        #expect(
            UInt8(clamping: number)
                == (number.isNaN || number < 0 ? 0 : number > 255 ? 255 : UInt8(exactly: number.rounded(.towardZero))))
    }

    @Test("a number without a fraction is an integer, or nothing", arguments: extremes)
    func whole(number: Double) {
        #expect((Int64(whole: number) == nil) == (!number.isFinite || abs(number) >= 0x1p63 && number != -0x1p63))
        #expect(Int(whole: 2.9) == 2 && Int(whole: -2.9) == -2)
    }

    @Test(
        "a number is written without its fraction, and in words where there is no such integer",
        arguments: [
            (Double.nan, "NaN"), (.infinity, "infinity"), (-.infinity, "-infinity"), (1e300, "1e+300"), (2.9, "2"),
            (-0.5, "0"), (0x1p63, "9.223372036854776e+18"), (-12, "-12"),
        ])
    func words(number: Double, text: String) { #expect(number.wholeText == text) }

    @Test("durations stay within a hundred years, and can be added to every clock", arguments: extremes)
    func durations(number: Double) {
        let bound = Duration.seconds(100 * 366 * 86_400)
        for duration in [
            .seconds(clamping: number), .milliseconds(clamping: number), .nanoseconds(clamping: number),
            Duration.seconds(3600).stretched(by: number), Date().duration(since: Date(timeIntervalSince1970: number)),
        ] {
            #expect(duration >= .zero - bound && duration <= bound)
            #expect(ContinuousClock.now + duration < .now + bound + .seconds(1))
            #expect(!duration.readable.isEmpty)
        }
        #expect((Duration.seconds(from: number) != nil) == (number >= 0 && number < 3e9))
    }

    @Test("moments are written with four digits for the year, whatever they are", arguments: extremes)
    func moments(number: Double) {
        let date = Date(timeIntervalSince1970: number)
        #expect(Timestamp.text(date).count == 24, "\(Timestamp.text(date))")
        #expect((Date.moment(secondsSince1970: number) != nil) == (number.isFinite && abs(number) < 1e9))
        _ = (Timestamp.compact(date), date.millisecondsSince1970, date.wholeSecondsSince1970)
    }

    @Test("a sum is the nearest that there is")
    func sums() {
        #expect(Int.max.clampedSum(with: 1) == .max && Int.min.clampedSum(with: -1) == .min)
        #expect(2.clampedSum(with: 3) == 5)
    }

    static let readers: [NumberReader] = [
        NumberReader("a text", accepts: ["1e300", "-1", "9223372036854775808", "1e19"]) { Double(finite: $0) },
        NumberReader("a length of time in a kept file", accepts: ["-1"]) { text in
            struct Kept: Decodable { @Seconds var time: Duration }
            return try JSON.decode(Kept.self, from: Data("{\"time\": \(text)}".utf8)).time.seconds
        },
        NumberReader("JSON", accepts: ["1e300", "-1", "9223372036854775808", "1e19"]) { text in
            try JSON.decode(JSONValue.self, from: Data("{\"a\": \(text)}".utf8))["a"]?.number
        },
        NumberReader("a moment in JSON") { text in
            struct Kept: Decodable { var at: Date }
            for literal in [text, "\"\(text)\"", "\"\(text)-01-01T00:00:00Z\""] {
                if let kept = try? JSON.decode(Kept.self, from: Data("{\"at\": \(literal)}".utf8)) {
                    return kept.at.timeIntervalSince1970
                }
            }
            return nil
        },
    ]

    @Test("no number from outside ends the process or is taken for one", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        #expect(await reader.problem(with: text) == nil, "\(reader) of ‘\(text)’")
    }
}
