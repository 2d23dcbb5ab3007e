import Foundation
import Testing

@testable import LoadEngine

@Suite struct HistogramLogTests {
    private static let recorded: [(UInt64, UInt64)] = [
        (1, 1), (2, 3), (1000, 10), (2047, 1), (2048, 2), (8000, 70_000), (123_456, 5), (600_000_000, 1),
    ]

    private var histogram: LatencyHistogram {
        var histogram = LatencyHistogram()
        for (value, count) in Self.recorded { histogram.record(microseconds: value, count: count) }
        return histogram
    }

    /// What the reference implementation for Python (hdrhistogram 0.10) encodes for the same values.
    @Test func `the binary form is that of the reference implementation`() {
        let reference =
            "1c84931300000016000000000000000300000000000000010000000023c346003ff0000000000000"
            + "010206c90f14ab1002049d1fe0c508ef3e0adbc30102"
        #expect(HistogramEncoding.plain(histogram).map { String(format: "%02x", $0) }.joined() == reference)
    }

    @Test func `the compressed form is a zlib stream of the plain one with its length before it`() {
        let plain = HistogramEncoding.plain(histogram)
        let compressed = HistogramEncoding.compressed(histogram)
        #expect(compressed.prefix(4) == [0x1C, 0x84, 0x93, 0x14])
        #expect(compressed[4..<8] == [0, 0, 0, UInt8(compressed.count - 8)])
        #expect(Array(compressed[15..<15 + plain.count]) == plain)
    }

    /// RFC 1950's check value of a text that others have computed as well.
    @Test func `stored blocks carry lengths, their complements and the checksum`() {
        let stream = ZlibStream.stored(Array("Wikipedia".utf8))
        #expect(stream.prefix(7) == [0x78, 0x01, 0x01, 9, 0, 0xF6, 0xFF])
        #expect(stream.suffix(4) == [0x11, 0xE6, 0x03, 0x98])
        let long = ZlibStream.stored([UInt8](repeating: 7, count: 70_000))
        #expect(long.count == 2 + 5 + 65_535 + 5 + (70_000 - 65_535) + 4)
        #expect(long[2] == 0 && long[2 + 5 + 65_535] == 1)
        #expect(ZlibStream.stored([]) == [0x78, 0x01, 1, 0, 0, 0xFF, 0xFF, 0, 0, 0, 1])
    }

    @Test func `a log has a line for all requests and one for each, with tags that end where they should`() {
        let report = LoadReport(["/a, b": histogram, "/c": LatencyHistogram()], seconds: [], executor: "x")
        let lines = HistogramLog(report).text.split(separator: "\n")
        #expect(lines[0] == "#[Histogram log format version 1.3]")
        #expect(lines[1] == "#[StartTime: 0.000 (seconds since epoch), 1970-01-01T00:00:00.000Z]")
        #expect(lines[4].hasPrefix("0.000,10.000,600000.000,HISTFA"))
        #expect(lines[5].hasPrefix("Tag=/a__b,0.000,10.000,600000.000,HISTFA"))
        #expect(lines[6].hasPrefix("Tag=/c,0.000,10.000,0.000,HISTFA"))
        #expect(lines.count == 7)
    }
}
