import Formats

/// A threshold that could not be read; says where and what was expected.
public struct ThresholdError: Error, Hashable, Sendable, CustomStringConvertible {
    var text: String
    var reason: String

    public var description: String {
        "threshold '\(text)': \(reason); expected [NAME:] METRIC < | <= | > | >= VALUE [over WINDOW], such as "
            + "'p95 < 2s', 'error_rate < 1%', 'rate > 10/s' or '/health: p99 < 500ms over 10s'"
    }
}

extension Threshold {
    /// Reads the form that `description` writes. Throws `ThresholdError`.
    public init(parsing text: String) throws(ThresholdError) {
        func refusal(_ reason: String) -> ThresholdError { ThresholdError(text: text, reason: reason) }

        guard let signs = text.firstIndex(where: { "<>".contains($0) }) else { throw refusal("there is no comparison") }
        var end = text.index(after: signs)
        if end < text.endIndex, text[end] == "=" { end = text.index(after: end) }
        guard let comparison = Comparison(rawValue: String(text[signs..<end])) else {
            throw refusal("there is no comparison")
        }

        var name = text[..<signs].trimmed
        var scope: String?
        if let colon = name.lastIndex(of: ":") {
            let before = name[..<colon].trimmed
            guard !before.isEmpty else { throw refusal("the name before ':' is empty") }
            scope = before
            name = name[name.index(after: colon)...].trimmed
        }
        guard let metric = Metric(name: name) else {
            throw refusal(
                "'\(name)' is no metric; there are p50…p99.99, service_pNN, mean, min, max, error_rate, errors, rate, requests"
            )
        }

        let words = text[end...].split(whereSeparator: \.isWhitespace).map(String.init)
        let over = words.firstIndex(of: "over")
        let bound = try Threshold.bound(words[..<(over ?? words.count)].joined(), metric, refusal)
        var window: Duration?
        if let over {
            window = Threshold.duration(words[(over + 1)...].joined()).map(Duration.seconds(clamping:))
            guard let window, (1...3600).contains(window.seconds), window.seconds == window.seconds.rounded() else {
                throw refusal("the window must be whole seconds, 1s…3600s")
            }
            if case .servicePercentile = metric { throw refusal("service times are kept for the whole run only") }
        }
        self.init(scope: scope, metric: metric, comparison: comparison, bound: bound, window: window)
    }

    private static func bound(
        _ text: String, _ metric: Metric, _ refusal: (String) -> ThresholdError
    ) throws(ThresholdError) -> Double {
        guard !text.isEmpty else { throw refusal("the value is missing") }
        if metric.isTime {
            guard let seconds = duration(text) else { throw refusal("'\(text)' is no time; units are us, ms, s, m") }
            return seconds
        }
        let unit: String
        switch metric {
        case .errorRate: unit = "%"
        case .rate: unit = "/s"
        default: unit = ""
        }
        let hasUnit = !unit.isEmpty && text.hasSuffix(unit)
        guard let number = Double(finite: hasUnit ? String(text.dropLast(unit.count)) : text), number >= 0
        else {
            throw refusal("'\(text)' is no value of \(metric)")
        }
        return metric == .errorRate && hasUnit ? number / 100 : number
    }

    /// Seconds of `1.5s`, `250ms`, `900us`, `2m`.
    static func duration(_ text: String) -> Double? {
        let units: [(String, Double)] = [("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)]
        for (unit, seconds) in units where text.hasSuffix(unit) {
            guard let number = Double(finite: text.dropLast(unit.count)), number >= 0, number < 1e9 else {
                return nil
            }
            return number * seconds
        }
        return nil
    }
}

extension Threshold.Metric {
    fileprivate init?(name: String) {
        let name = name.lowercased()
        func percentile(after prefix: String) -> Double? {
            guard name.hasPrefix(prefix), let value = Double(finite: name.dropFirst(prefix.count)),
                (1...99.999).contains(value)
            else { return nil }
            return value
        }
        switch name {
        case "mean", "avg": self = .mean
        case "min": self = .minimum
        case "max": self = .maximum
        case "error_rate": self = .errorRate
        case "errors": self = .errors
        case "rate": self = .rate
        case "requests": self = .requests
        default:
            if let value = percentile(after: "service_p") {
                self = .servicePercentile(value)
            } else if let value = percentile(after: "p") {
                self = .percentile(value)
            } else {
                return nil
            }
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

}
