import Foundation

/// The two ways a moment is written: ISO 8601 in UTC with milliseconds, and a compact form for names.
public enum Timestamp {
    /// `2026-01-02T03:04:05.678Z`
    public static func text(_ date: Date) -> String {
        let milliseconds = date.millisecondsSince1970
        let fields = calendarFields(secondsSince1970: milliseconds.floorDivided(by: 1000))
        let fraction = milliseconds - milliseconds.floorDivided(by: 1000) * 1000
        return "\(fields.date)T\(fields.time).\(padded(fraction, 3))Z"
    }

    /// `20260102T030405Z`
    public static func compact(_ date: Date) -> String {
        let fields = calendarFields(secondsSince1970: date.wholeSecondsSince1970)
        return (fields.date + "T" + fields.time + "Z").filter { $0 != "-" && $0 != ":" }
    }

    /// Reads what `text` writes, and the same form without a fraction; nil for anything else.
    public static func date(_ text: String) -> Date? {
        if let date = usual(text) { return date }
        let withFraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        if let date = try? withFraction.parse(text) { return date }
        return try? Date.ISO8601FormatStyle().parse(text)
    }

    /// What `text` writes for the years 1970 to 9999; nil for whatever is not exactly that.
    private static func usual(_ text: String) -> Date? {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count == 24 else { return nil }
            for (place, mark) in zip([4, 7, 10, 13, 16, 19, 23], "--T::.Z".utf8) where bytes[place] != mark {
                return nil
            }
            func number(_ places: Range<Int>) -> Int64? {
                var value: Int64 = 0
                for byte in bytes[places] {
                    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                    value = value * 10 + Int64(byte - UInt8(ascii: "0"))
                }
                return value
            }
            guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
                let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
                let fraction = number(20..<23), year >= 1970, (1...12).contains(month), (1...28).contains(day),
                hour < 24, minute < 60, second < 60
            else { return nil }
            let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
            return Date(timeIntervalSince1970: Double(seconds * 1000 + fraction) / 1000)
        }
    }

    /// Days since 1970 of a civil date, by the same arithmetic as ``calendarFields(secondsSince1970:)`` the other way.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.floorDivided(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Days to a civil date by the usual era arithmetic of the proleptic Gregorian calendar; no locale is involved.
    private static func calendarFields(secondsSince1970 seconds: Int64) -> (date: String, time: String) {
        let days = seconds.floorDivided(by: 86_400)
        let secondOfDay = seconds - days * 86_400
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (
            "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))",
            "\(padded(secondOfDay / 3600, 2)):\(padded(secondOfDay / 60 % 60, 2)):\(padded(secondOfDay % 60, 2))"
        )
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
