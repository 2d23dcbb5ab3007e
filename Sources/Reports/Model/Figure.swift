import Formats
import RunModel

/// Numbers for people, the same in every locale.
enum Figure {
    /// `54.5`, `100`, `-0.3`; words for what is no number.
    static func oneDecimal(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e15 else { return "not a number" }
        let tenths = Int(clamping: (number * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let (whole, fraction) = abs(tenths).quotientAndRemainder(dividingBy: 10)
        return fraction == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
    }

    /// A score of 0…100.
    static func score(_ score: Double?) -> String { score.map { "\(oneDecimal($0)) %" } ?? "not measured" }

    /// A share of 0…1.
    static func share(_ share: Double) -> String { "\(oneDecimal(share * 100)) %" }

    static func milliseconds(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "not a number" }
        return Duration.milliseconds(clamping: number).readable
    }

    /// `512 bytes`, `14.2 kB`, `50.4 MB`.
    static func bytes(_ number: Int) -> String {
        switch number {
        case ..<1000: count(number, "byte")
        case ..<1_000_000: "\(oneDecimal(Double(number) / 1000)) kB"
        default: "\(oneDecimal(Double(number) / 1_000_000)) MB"
        }
    }

    /// A figure with its unit: `12.3 ms`, `99.5 %`, `4`.
    static func measured(_ metric: Metric) -> String {
        guard metric.value.isFinite else { return "not a number" }
        return switch metric.unit {
        case .milliseconds: milliseconds(metric.value)
        case .seconds: milliseconds(metric.value * 1000)
        case .bytes: metric.value < 9e15 ? bytes(Int(clamping: metric.value)) : "not a number"
        case .count: oneDecimal(metric.value)
        case .ratio: share(metric.value)
        case .perSecond: "\(oneDecimal(metric.value)) a second"
        case .days: "\(oneDecimal(metric.value)) days"
        }
    }

    /// `1 check`, `3 checks`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
