import Formats
import Foundation

/// A report's response times in HdrHistogram's log format 1.3, which its own tools read and merge.
///
/// One line for all requests, then one with a tag for each. Values are microseconds; the largest of each line is in
/// milliseconds, as the format has it.
public struct HistogramLog: Sendable {
    public let text: String

    public init(_ report: LoadReport) {
        let start = String(format: "%.3f", report.startedAt.timeIntervalSince1970)
        var lines = [
            "#[Histogram log format version 1.3]",
            "#[StartTime: \(start) (seconds since epoch), \(Timestamp.text(report.startedAt))]",
            "#[Response times in microseconds, from the planned start]",
            #""StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram""#,
        ]
        lines.append(Self.line(report.overall.responseTime, tag: nil, report.duration))
        for (name, statistics) in report.requests.sorted(by: { $0.key < $1.key }) {
            lines.append(Self.line(statistics.responseTime, tag: name, report.duration))
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ times: LatencyHistogram, tag: String?, _ duration: Duration) -> String {
        // A tag ends at a comma or a blank.
        let name = tag.map { "Tag=" + $0.map { $0 == "," || $0.isWhitespace ? "_" : String($0) }.joined() + "," } ?? ""
        let figures = String(format: "0.000,%.3f,%.3f", duration.seconds, times.maximum.milliseconds)
        return "\(name)\(figures),\(Data(HistogramEncoding.compressed(times)).base64EncodedString())"
    }
}

/// HdrHistogram's binary form V2: counts in order of their buckets, runs of zeros as negative numbers.
enum HistogramEncoding {
    private static let cookie: UInt32 = 0x1C84_9313
    private static let compressedCookie: UInt32 = 0x1C84_9314
    /// Three significant digits take 2,048 steps to each doubling.
    private static let subBucketBits = 11

    /// The form that logs carry: a zlib stream, whose blocks are stored as they are.
    static func compressed(_ times: LatencyHistogram) -> [UInt8] {
        let stream = ZlibStream.stored(plain(times))
        return bigEndian(compressedCookie) + bigEndian(UInt32(stream.count)) + stream
    }

    static func plain(_ times: LatencyHistogram) -> [UInt8] {
        let counts = counts(times)
        let significantDigits: UInt32 = 3
        let lowest: UInt64 = 1
        return bigEndian(cookie) + bigEndian(UInt32(counts.count)) + bigEndian(UInt32(0))
            + bigEndian(significantDigits) + bigEndian(lowest) + bigEndian(LatencyHistogram.highestMicroseconds)
            + bigEndian((1.0).bitPattern) + counts
    }

    private static func counts(_ times: LatencyHistogram) -> [UInt8] {
        var bytes: [UInt8] = []
        var next = 0
        for bucket in times.buckets {
            let index = index(of: bucket.microseconds)
            if index > next { append(-(index - next), to: &bytes) }
            append(bucket.count, to: &bytes)
            next = index + 1
        }
        return bytes
    }

    /// Which count a value belongs to.
    static func index(of value: UInt64) -> Int {
        let half = 1 << (subBucketBits - 1)
        let bucket = 64 - (value | (1 << UInt64(subBucketBits) - 1)).leadingZeroBitCount - subBucketBits
        return (bucket + 1) * half + Int(value >> UInt64(bucket)) - half
    }

    /// ZigZag, then seven bits a byte from the lowest; the ninth byte carries eight.
    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: Int64((number << 1) ^ (number >> 63)))
        for _ in 0..<8 where rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}

/// Bytes as a zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4): any inflater reads it, and none is needed to write it.
enum ZlibStream {
    private static let largestBlock = 65_535

    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let block = bytes[start..<min(start + largestBlock, bytes.count)]
            start = block.endIndex
            let length = UInt16(block.count)
            stream.append(start == bytes.count ? 1 : 0)
            for word in [length, ~length] { stream += [UInt8(word & 0xFF), UInt8(word >> 8)] }
            stream += block
        } while start < bytes.count
        return stream + withUnsafeBytes(of: adler32(bytes).bigEndian) { Array($0) }
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }
}
