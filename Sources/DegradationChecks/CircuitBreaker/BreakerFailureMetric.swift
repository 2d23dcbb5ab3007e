import CheckKit
import Formats
import HTTPClient
import RunModel

/// The counter that alarms on MLflow are made from must count (contract §2.6: as built it reads a field that is not there).
struct BreakerFailureMetric: Check {
    private static let name = "mlflow_circuit_breaker_failures_total"

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "SH-75", title: "The metrics count the breaker's failures",
            intent: "An alarm on a counter that stays 0 never fires, and looks like health.",
            procedure: "Cut MLflow off, probe until the breaker is open, read `\(Self.name)` of `/metrics`.",
            category: .serviceHealth, phase: .validation, severity: .medium,
            needs: [.reach(.api), .faults(.mlflow), .part(.metrics)], dependsOn: ["HE-13", "CB-20"],
            excludes: [.everything], deadline: .seconds(150), risk: "Nobody is woken by an outage of MLflow.",
            remediation: Remediation(summary: "Let the gauge read `failure_count` of the breaker's status."),
            expectations: [
                "A": "above 0, known to stay 0", "M": "above 0, known to stay 0", "B": "above 0, known to stay 0",
                "fixed": "above 0",
            ])
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.mlflow]) { approach in
            try await approach.open()
            let answer = try await approach.target.get("/metrics")
            guard answer.status == 200 else {
                return .inconclusive(
                    context.symptom(of: answer), "/metrics answers \(answer.status) while the breaker is open")
            }
            let value = PrometheusText(answer.text).value(Self.name)
            if let value, value.isFinite {
                context.recorder.measure(Metric("breaker.failures_counted", value, .count))
            }
            return Self.judge(value, threshold: context.configuration.breaker.failureThreshold)
        }
    }

    /// - Parameters:
    ///   - value: the counter while the breaker is open; nil when the page has none.
    ///   - threshold: the number of failures that opens the breaker.
    static func judge(_ value: Double?, threshold: Int) -> Outcome {
        guard let value else { return .skipped("this build has no \(name) in its metrics") }
        guard value.isFinite else {
            return .failed(
                .deviation(.api, .value, [name]), "the counter of the breaker's failures is no number",
                expected: "above 0", got: "\(value)")
        }
        guard value > 0 else {
            return .failed(
                .deviation(.api, .value, [name]),
                "the breaker is open, and its failures are counted as \(value.wholeText)", expected: "above 0",
                got: "\(name) \(value.wholeText)")
        }
        return .passed("\(name) \(value.wholeText) with an open breaker; its threshold is \(threshold)")
    }
}
