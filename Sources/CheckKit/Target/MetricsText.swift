import Formats

/// A page in Prometheus's text format, as far as tests read it: samples without labels.
package struct MetricsText {
    private let samples: [Substring: Double]

    package init(_ text: String) {
        var samples: [Substring: Double] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            guard words.count >= 2, let value = Self.number(words[1]) else { continue }
            samples[words[0]] = value
        }
        self.samples = samples
    }

    /// A value of the format, which has words for what is no finite number.
    package static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: Double(finite: text)
        }
    }

    package func value(_ name: String) -> Double? { samples[name[...]] }

    /// The breaker's state by its gauge (contract §2.6).
    package var breakerState: Double? { value("mlflow_circuit_breaker_state") }
}
