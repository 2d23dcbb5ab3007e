import CheckKit
import Formats
import HTTPClient
import RunModel

/// The places where the API tells its state must tell the same (contract §2.2, §2.4, §2.6, §5.4).
struct HealthContradictions: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "SH-40", title: "Metrics, readiness and MLflow's health tell the same story",
            intent: "Whoever looks at one of them alone is misled when they differ.",
            procedure:
                "Read /health/mlflow, /ready, /metrics and /health one after the other, twice, because a status lags one probe behind; report what still differs in the second round.",
            category: .serviceHealth, phase: .validation, severity: .medium, needs: [.reach(.api)],
            dependsOn: ["SD-01"], excludes: [.breaker], deadline: .seconds(180),
            risk: "An alarm on the one stays silent while the other reports an outage.",
            remediation: Remediation(
                summary: "Let all four read the breaker and the last probe from the same place."))
    }

    /// What the four pages said in one round.
    struct Round: Sendable, Equatable {
        /// `circuit_breaker_state` of /health/mlflow.
        var breaker: String?
        /// `connected` of /health/mlflow.
        var connected: Bool?
        /// The check `mlflow` of /ready.
        var readyMLflow: Bool?
        var readyDatabase: Bool?
        var degraded: Bool?
        /// 0 CLOSED, 1 HALF_OPEN, 2 OPEN.
        var gauge: Double?
        /// 1 connected, 0 not.
        var connectionGauge: Double?
        /// `status` of plain /health.
        var health: String?
        /// `services.mlflow` of plain /health, where the profile tells it.
        var healthMLflow: String?
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        if context.profile == .a { return .skipped("profile A closes three of the four pages without a key") }
        _ = try await round(context)
        let second = try await round(context)
        let found = Self.contradictions(in: second)
        guard found.isEmpty else {
            return .failed(
                .deviation(.api, .contradiction),
                "\(found.count) contradictions between the API's own statements", expected: "one story",
                got: found.joined(separator: "; "))
        }
        return .passed(
            "breaker \(second.breaker ?? "?"), gauge \(second.gauge.map { "\($0)" } ?? "?"), connected \(second.connected.map(String.init) ?? "?"): they agree"
        )
    }

    private func round(_ context: CheckContext) async throws -> Round {
        func read(_ path: String) async throws -> HTTPResponse {
            try await context.ask(HTTPRequest(url: try context.url(of: .api, path: path), deadline: .seconds(60)))
        }
        var round = Round()
        let mlflow = try? (try await read("/health/mlflow")).json(JSONValue.self)
        round.breaker = mlflow?["circuit_breaker_state"]?.string
        round.connected = mlflow?["connected"]?.boolean
        let ready = try? (try await read("/ready")).json(JSONValue.self)
        round.degraded = ready?["degraded_mode"]?.boolean
        for check in ready?["checks"]?.array ?? [] {
            if check["name"]?.string == "mlflow" { round.readyMLflow = check["passed"]?.boolean }
            if check["name"]?.string == "database" { round.readyDatabase = check["passed"]?.boolean }
        }
        let metrics = PrometheusText(try await read("/metrics").text)
        round.gauge = metrics.value("mlflow_circuit_breaker_state")
        round.connectionGauge = metrics.value("mlflow_connection_status")
        let health = try? (try await read("/health")).json(JSONValue.self)
        round.health = health?["status"]?.string
        round.healthMLflow = health?["services"]?["mlflow"]?.string
        return round
    }

    /// Every pair of statements that cannot both be true.
    static func contradictions(in round: Round) -> [String] {
        var found: [String] = []
        let states: [Double: String] = [0: "CLOSED", 1: "HALF_OPEN", 2: "OPEN"]
        let gauge = round.gauge.flatMap { states[$0] }
        for (name, value) in [
            ("mlflow_circuit_breaker_state", round.gauge), ("mlflow_connection_status", round.connectionGauge),
        ] {
            guard let value, !value.isFinite else { continue }
            found.append("\(name) of /metrics is \(value.wholeText), which says nothing")
        }
        if let gauge, let breaker = round.breaker, breaker != gauge {
            // The state UNKNOWN is how an open breaker shows on that page (contract §11 pattern 38).
            if !(breaker == "UNKNOWN" && gauge == "OPEN") {
                found.append("/health/mlflow says breaker \(breaker), the gauge of /metrics says \(gauge)")
            } else {
                found.append("/health/mlflow cannot tell that the breaker is OPEN, the gauge of /metrics can")
            }
        }
        if let connected = round.connected, let ready = round.readyMLflow, connected != ready {
            found.append(
                "/health/mlflow says connected \(connected), /ready says that its MLflow check \(ready ? "passed" : "failed")"
            )
        }
        if let connected = round.connected, let value = round.connectionGauge, value.isFinite,
            connected != (value == 1)
        {
            found.append("/health/mlflow says connected \(connected), mlflow_connection_status is \(value.wholeText)")
        }
        if round.readyDatabase == false, round.health == "healthy" {
            found.append("/ready says that the database check failed, /health says healthy")
        }
        if round.readyMLflow == true, let told = round.healthMLflow, told != "healthy", told != "recovering" {
            found.append("/ready says that MLflow passed, /health says \(told)")
        }
        if round.readyMLflow == false, round.degraded == false {
            found.append("/ready says that MLflow failed and that it is not degraded")
        }
        return found
    }
}
