import CheckKit
import HTTPClient
import RunModel

/// The metrics page can be read by what collects it, and carries what dashboards and alarms need (contract §2.6).
struct MetricsPage: Check {
    static let required = ["mlflow_circuit_breaker_state", "mlflow_connection_status"]

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "SH-31", title: "The metrics page parses and has the breaker's gauges",
            intent: "A page that Prometheus refuses, or one without the gauges, makes every alarm silent.",
            procedure: "GET /metrics, parse the whole page, look for \(Self.required.joined(separator: ", ")).",
            category: .serviceHealth, phase: .validation, severity: .medium, needs: [.reach(.api)],
            dependsOn: ["SH-16"], excludes: [.breaker], deadline: .seconds(70),
            remediation: Remediation(summary: "Install prometheus_client in the API's image."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let response = try await context.ask(
            HTTPRequest(url: try context.url(of: .api, path: "/metrics"), deadline: .seconds(60)))
        guard response.status == 200 else {
            return .inconclusive(context.symptom(of: response), "/metrics answers \(response.status) without a key")
        }
        let page = PrometheusText(response.text)
        guard page.problems.isEmpty else {
            return .failed(
                .deviation(.api, .shape),
                "\(page.problems.count) lines of the metrics page are not Prometheus text",
                expected: "samples and comments only", got: page.problems.prefix(3).joined(separator: "; "))
        }
        let missing = Self.required.filter { page.value($0) == nil }
        guard missing.isEmpty else {
            return .failed(
                .deviation(.api, .shape, missing),
                "the metrics page lacks \(missing.joined(separator: ", "))",
                expected: Self.required.joined(separator: ", "), got: "\(page.samples.count) samples")
        }
        return .passed("\(page.samples.count) samples in \(page.types.count) families")
    }
}
