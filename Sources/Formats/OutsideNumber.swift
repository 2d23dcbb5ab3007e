import Foundation

// The only file in which floating-point numbers become integers, durations and moments. The language's own conversions end
// the process for NaN, for an infinity and for whatever is out of range, and a number that a target sends can be any of
// these. `ci/number-conversions` refuses them everywhere else. Where such a number has no meaning, use what gives nil
// (`init(exactly:)` of the standard library, ``Swift/Duration/seconds(from:)``, ``Foundation/Date/moment(secondsSince1970:)``)
// and say what came; where the nearest value is as good, as in a text or a length of time, use what clamps.

extension FixedWidthInteger {
    /// The number without its fraction, or the nearest that this type holds; 0 for NaN.
    public init(clamping number: Double, _ rule: FloatingPointRoundingRule = .towardZero) {
        let whole = number.rounded(rule)
        if let value = Self(exactly: whole) {
            self = value
        } else if whole.isNaN {
            self = 0
        } else {
            self = whole < 0 ? .min : .max
        }
    }

    /// The number without its fraction; nil for NaN, for an infinity and for what this type does not hold.
    public init?(whole number: Double) {
        self.init(exactly: number.rounded(.towardZero))
    }
}

extension FixedWidthInteger {
    /// The sum, or the nearest number that this type holds.
    public func clampedSum(with other: Self) -> Self {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }
}

extension Double {
    /// A number from a text, as `Double(text)` reads it; nil for `nan`, `inf` and what is too large for a number.
    public init?(finite text: some StringProtocol) {
        guard let number = Double(text), number.isFinite else { return nil }
        self = number
    }

    /// Without its fraction, as people write it: `12`, `-3`; `NaN`, `infinity` and `1e+300` for what no integer holds.
    public var wholeText: String {
        guard abs(self) < 1e15, let whole = Int64(whole: self) else {
            return isNaN ? "NaN" : isInfinite ? (self < 0 ? "-infinity" : "infinity") : "\(self)"
        }
        return "\(whole)"
    }
}

extension Duration {
    /// A hundred years: beyond what anybody waits for, and far enough from the bounds of every clock to be added to one.
    private static let longest = 100 * 365.25 * 86_400

    /// A number of seconds, to the microsecond, at most a hundred years either way; zero for NaN.
    public static func seconds(clamping seconds: Double) -> Duration {
        .microseconds(Int64(clamping: min(max(seconds, -longest), longest) * 1_000_000, .toNearestOrAwayFromZero))
    }

    /// A number of seconds, to the microsecond; nil unless it is one of 0 to a hundred years.
    public static func seconds(from seconds: Double) -> Duration? {
        (0...longest).contains(seconds) ? .seconds(clamping: seconds) : nil
    }

    /// A number of milliseconds, to the microsecond, at most a hundred years either way; zero for NaN.
    public static func milliseconds(clamping milliseconds: Double) -> Duration {
        .seconds(clamping: milliseconds / 1000)
    }

    /// A number of seconds, to the nanosecond, at most a hundred years either way; zero for NaN.
    public static func nanoseconds(clamping nanoseconds: Double) -> Duration {
        .nanoseconds(
            Int64(clamping: min(max(nanoseconds, -longest * 1e9), longest * 1e9)))
    }

    /// The duration multiplied, to the microsecond, at most a hundred years either way.
    public func stretched(by factor: Double) -> Duration { .seconds(clamping: seconds * factor) }
}

extension Date {
    /// The first moments of the years 1 and 10000: what can be written with four digits for the year.
    private static let writable = -62_135_596_800.0..<253_402_300_800.0

    /// A number of seconds since 1970; nil unless it lies in the years 1 to 9999.
    public static func moment(secondsSince1970 seconds: Double) -> Date? {
        writable.contains(seconds) ? Date(timeIntervalSince1970: seconds) : nil
    }

    /// Seconds since 1970 within the years 1 to 9999; 0 for NaN.
    private var writableSeconds: Double {
        let seconds = timeIntervalSince1970
        return seconds.isNaN ? 0 : min(max(seconds, Self.writable.lowerBound), Self.writable.upperBound - 0.001)
    }

    /// Whole seconds since 1970, rounded down, within the years 1 to 9999.
    public var wholeSecondsSince1970: Int64 { Int64(clamping: writableSeconds, .down) }

    /// Milliseconds since 1970, rounded, within the years 1 to 9999.
    public var millisecondsSince1970: Int64 { Int64(clamping: writableSeconds * 1000, .toNearestOrAwayFromZero) }

    /// The time since an earlier moment, at most a hundred years either way.
    public func duration(since earlier: Date) -> Duration { .seconds(clamping: timeIntervalSince(earlier)) }
}
