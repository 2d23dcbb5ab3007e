/// Stores a `Duration` that is written as a number of seconds to the microsecond, such as `0.25`.
@propertyWrapper
public struct Seconds: Hashable, Sendable, Codable {
    public var wrappedValue: Duration

    public init(wrappedValue: Duration) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let seconds = try container.decode(Double.self)
        // What is beyond a hundred years comes from a damaged or hostile file.
        guard let length = Duration.seconds(from: abs(seconds)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(seconds) is no duration")
        }
        wrappedValue = seconds < 0 ? .zero - length : length
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue.seconds)
    }
}

extension Duration {
    /// The duration as a number of seconds, to the microsecond.
    public var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds / 1_000_000_000_000) / 1_000_000
    }

    /// The duration as a number of milliseconds, to the microsecond.
    public var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds / 1_000_000_000_000) / 1000
    }

    /// Short text for people: `850 µs`, `12.3 ms`, `4.2 s`, `3 min 05 s`.
    public var readable: String {
        let seconds = self.seconds
        switch abs(seconds) {
        case ..<0.001: return "\((seconds * 1_000_000).rounded().wholeText) µs"
        case ..<1: return "\(Self.oneDecimal(seconds * 1000)) ms"
        case ..<60: return "\(Self.oneDecimal(seconds)) s"
        default:
            let whole = Int(clamping: seconds.rounded())
            let remainder = abs(whole % 60)
            return "\(whole / 60) min \(remainder < 10 ? "0" : "")\(remainder) s"
        }
    }

    private static func oneDecimal(_ number: Double) -> String {
        let tenths = Int(clamping: (number * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
