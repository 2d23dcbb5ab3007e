import Formats
import Foundation
import Histogram

/// Durations from 1 µs to 10 min with three significant digits: lossless to merge, small to store.
public struct LatencyHistogram: Sendable {
    public static let highestMicroseconds: UInt64 = 600_000_000

    var base: Histogram<UInt64>
    /// Of the recorded values themselves, in microseconds.
    private(set) var sum: UInt64 = 0
    private(set) var smallest = UInt64.max
    private(set) var largest: UInt64 = 0

    public init() {
        base = Histogram(highestTrackableValue: Self.highestMicroseconds, numberOfSignificantValueDigits: .three)
    }

    @inline(__always)
    mutating func record(nanoseconds: Int64) {
        record(microseconds: UInt64(max(0, nanoseconds) + 500) / 1000)
    }

    @inline(__always)
    mutating func record(microseconds value: UInt64, count: UInt64 = 1) {
        let value = min(value, Self.highestMicroseconds)
        base.record(value, count: count)
        sum &+= value &* count
        smallest = min(smallest, value)
        largest = max(largest, value)
    }

    /// Values above ten minutes are recorded as ten minutes.
    public mutating func record(_ duration: Duration) { record(nanoseconds: duration.nanoseconds) }

    public mutating func add(_ other: LatencyHistogram) {
        guard other.count > 0 else { return }
        base.add(other.base)
        sum &+= other.sum
        smallest = min(smallest, other.smallest)
        largest = max(largest, other.largest)
    }

    public var count: Int { Int(base.totalCount) }
    public var isEmpty: Bool { count == 0 }
    public var minimum: Duration { isEmpty ? .zero : .microseconds(Int64(smallest)) }
    public var maximum: Duration { .microseconds(Int64(largest)) }
    public var mean: Duration { isEmpty ? .zero : .nanoseconds(clamping: Double(sum) / Double(count) * 1000) }

    /// The value that the given share (0…100) of all recorded ones do not exceed, at most 0.1 % too high.
    public func percentile(_ percentile: Double) -> Duration {
        isEmpty ? .zero : .microseconds(Int64(min(base.valueAtPercentile(percentile), largest)))
    }

    /// Whether ten samples lie beyond a percentile: with fewer it is the word of chance.
    public func carries(_ percentile: Double) -> Bool { (Double(count) * (100 - percentile) / 100).rounded() >= 10 }

    /// The original's formula, sorted[min(n − 1, ⌊p/100 · n⌋)] (contract §6.4), to the histogram's 0.1 %.
    public func originalPercentile(_ percentile: Double) -> Duration {
        guard !isEmpty else { return .zero }
        let rank = min(count - 1, Int(clamping: (percentile / 100 * Double(count)).rounded(.down)))
        var seen = 0
        for step in base.recordedValues() {
            seen += Int(step.count)
            if seen > rank { return .microseconds(Int64(min(step.value, largest))) }
        }
        return maximum
    }

    /// How many recorded durations were at most this long, to the histogram's 0.1 %.
    public func count(atMost duration: Duration) -> Int {
        let microseconds = UInt64(max(0, duration.nanoseconds / 1000))
        return isEmpty ? 0 : Int(base.count(within: 0...min(microseconds, Self.highestMicroseconds)))
    }

    /// Recorded values in microseconds with their counts, ascending.
    public var buckets: [(microseconds: UInt64, count: Int)] {
        base.recordedValues().map { ($0.value, Int($0.count)) }
    }
}

extension LatencyHistogram: Equatable {
    public static func == (left: LatencyHistogram, right: LatencyHistogram) -> Bool {
        left.sum == right.sum && left.buckets.elementsEqual(right.buckets) { $0 == $1 }
    }
}

/// Stored as the list of its filled buckets, so that a file of it is small and needs no library to be read.
extension LatencyHistogram: Codable {
    private enum Key: String, CodingKey { case unit, significantDigits, minimum, maximum, sum, values, counts }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let values = try container.decode([UInt64].self, forKey: .values)
        let counts = try container.decode([UInt64].self, forKey: .counts)
        guard values.count == counts.count, values.allSatisfy({ $0 <= Self.highestMicroseconds * 2 }),
            values.count <= 100_000, counts.allSatisfy({ $0 <= 1 << 40 })
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .counts, in: container,
                debugDescription: "expected as many counts as values, within ten minutes")
        }
        self.init()
        for (value, count) in zip(values, counts) { record(microseconds: value, count: count) }
        if !values.isEmpty {
            sum = try container.decode(UInt64.self, forKey: .sum)
            smallest = min(try container.decode(UInt64.self, forKey: .minimum), Self.highestMicroseconds)
            largest = min(try container.decode(UInt64.self, forKey: .maximum), Self.highestMicroseconds)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode("µs", forKey: .unit)
        try container.encode(3, forKey: .significantDigits)
        try container.encode(isEmpty ? 0 : smallest, forKey: .minimum)
        try container.encode(largest, forKey: .maximum)
        try container.encode(sum, forKey: .sum)
        try container.encode(buckets.map(\.microseconds), forKey: .values)
        try container.encode(buckets.map { UInt64($0.count) }, forKey: .counts)
    }
}

extension LatencyHistogram {
    /// HdrHistogram's own text form, which its plotting pages read. Values in milliseconds.
    public var percentileDistribution: String {
        var text = ""
        base.outputPercentileDistribution(to: &text, outputValueUnitScalingRatio: 1000)
        return text
    }
}
