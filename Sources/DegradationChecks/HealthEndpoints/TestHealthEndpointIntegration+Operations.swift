import CheckKit
import Formats
import RunModel
import Secrets

// The tests of the class TestHealthEndpointIntegration about the other operations endpoints (contract §6.3).

struct VersionInformation: Check {
    let descriptor = CheckDescriptor(
        "HE-12", .healthEndpointIntegration, "test_version_info",
        title: "The service tells its version",
        intent: "What runs must be known before anything else is compared.",
        procedure: "GET `/version`: version 1.0.0, API v1, a commit and a build date.", severity: .low, excludes: [],
        deadline: .seconds(20), risk: "A fix that was never deployed looks deployed.",
        remedy: Remediation(summary: "Write version, commit and date into the image when it is built."),
        expect: ByProfile("200, version 1.0.0, api_version v1; commit and date are constants as built"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            let answer = try await target.get("/version", deadline: .seconds(15))
            let body = (try? answer.json(JSONValue.self)) ?? .null
            var expectations = Expectations()
            expectations.expect(of: answer, equals: 200)
            expectations.expect("version", body["version"]?.string, equals: "1.0.0")
            expectations.expect("api_version", body["api_version"]?.string, equals: "v1")
            for name in ["git_commit", "build_date"] {
                expectations.expect(name, body[name]?.string?.isEmpty == false, got: "nothing")
            }
            return expectations.outcome(
                passed: answer.readableText, got: "\(answer.status) \(answer.readableText.excerpt(160))")
        }
    }
}

struct MLflowHealthy: Check {
    let descriptor = CheckDescriptor(
        "HE-13", .healthEndpointIntegration, "test_mlflow_health_check_healthy",
        title: "MLflow is connected and its breaker closed",
        intent: "The model registry is behind MLflow: without it the platform only answers.",
        procedure: "Reset the breaker, GET `/health/mlflow`: 200, connected, CLOSED, a timestamp.", severity: .critical,
        deadline: .seconds(80), risk: "Models can be neither registered nor read.", remedy: .mlflowDown,
        expect: ByProfile("200, connected, CLOSED"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            try await target.send("POST", "/health/mlflow/reset")
            let health = MLflowHealth(try await target.get("/health/mlflow"))
            var expectations = Expectations()
            expectations.expect(of: health.response, equals: 200)
            expectations.expect("connected", health.body["connected"]?.boolean, equals: true)
            expectations.expect("circuit_breaker_state", health.body["circuit_breaker_state"]?.string, equals: "CLOSED")
            expectations.expect(
                "a timestamp", health.body["timestamp"]?.string?.isEmpty == false, got: "none")
            let error = health.body["error"]?.string.map { ": \($0)" } ?? ""
            return expectations.outcome(
                passed: "connected, CLOSED", got: "\(health.status) \(health.shown)\(error)")
        }
    }
}

struct MLflowHealthWhileOpen: Check {
    let descriptor = CheckDescriptor(
        "HE-14", .healthEndpointIntegration, "test_mlflow_health_check_circuit_breaker_open",
        title: "While the breaker is open, MLflow's health answers 503 and says so",
        intent: "Monitors act on the status code.",
        procedure: "Open the breaker, GET `/health/mlflow`: 503, OPEN, an error text.", severity: .high,
        needs: [.faults(.mlflow)], dependsOn: ["HE-13", "CB-20"], excludes: [.everything], deadline: .seconds(150),
        risk: "Monitors report a crash of the API instead of an outage of MLflow.",
        remedy: Remediation(summary: "Write the dates of the answer as text, so that it can be serialised."),
        expect: ByProfile(
            a: "503 OPEN; this build answers 500 UNKNOWN", m: "503 OPEN; this build answers 500 UNKNOWN",
            b: "503 OPEN; this build answers 500 UNKNOWN", fixed: "503 OPEN with an error text"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.mlflow]) { approach in
            try await approach.open()
            let health = MLflowHealth(try await approach.target.get("/health/mlflow"))
            var expectations = Expectations()
            expectations.expect(of: health.response, equals: 503)
            expectations.expect("circuit_breaker_state", health.body["circuit_breaker_state"]?.string, equals: "OPEN")
            let error = health.body["error"]?.string ?? ""
            expectations.expect("an error text", !error.isEmpty, got: "none")
            return expectations.outcome(
                passed: "503 OPEN: \(error)", got: "\(health.status) \(health.response.readableText.excerpt(200))")
        }
    }
}

struct MLflowHealthRaises: Check {
    let descriptor = CheckDescriptor(
        "HE-15", .healthEndpointIntegration, "test_mlflow_health_check_exception",
        title: "An error inside MLflow's health is answered as 500 with state UNKNOWN",
        intent: "A defect of the check must not look like health.",
        procedure:
            "Start the build variant `mlflow-status-raises`, GET `/health/mlflow`: 500, not connected, UNKNOWN, an error text.",
        severity: .low, needs: [.launch, .variant("mlflow-status-raises")], excludes: [],
        risk: "A broken health check reports health.",
        remedy: Remediation(summary: "Catch errors of the status and answer 500 with state UNKNOWN."),
        expect: ByProfile("500, connected false, UNKNOWN, an error text"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.withInstance(InstanceDemand(variant: "mlflow-status-raises")) { instance in
            let health = MLflowHealth(try await instance.target.get("/health/mlflow"))
            var expectations = Expectations()
            expectations.expect(of: health.response, equals: 500)
            expectations.expect("connected", health.body["connected"]?.boolean, equals: false)
            expectations.expect(
                "circuit_breaker_state", health.body["circuit_breaker_state"]?.string, equals: "UNKNOWN")
            expectations.expect("an error text", health.body["error"]?.string?.isEmpty == false, got: "none")
            return expectations.outcome(
                passed: "status 500, connected false, circuit_breaker_state UNKNOWN",
                got: "\(health.status) \(health.response.readableText.excerpt(200))")
        }
    }
}

struct ResetAnswer: Check {
    let descriptor = CheckDescriptor(
        "HE-16", .healthEndpointIntegration, "test_reset_mlflow_circuit_breaker",
        title: "The reset of the breaker is answered with who did it and when",
        intent: "The one manual means in an MLflow outage.",
        procedure: "POST `/health/mlflow/reset`: 200, message, `reset_by`, timestamp.", severity: .high,
        deadline: .seconds(80), risk: "Operators cannot tell whether the reset worked.", remedy: .breaker,
        expect: ByProfile("200, message, reset_by manual_api_call, timestamp"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await ResetAnswer.check(context)
    }

    static func check(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            let answer = try await target.send("POST", "/health/mlflow/reset")
            let body = (try? answer.json(JSONValue.self)) ?? .null
            var expectations = Expectations()
            expectations.expect(of: answer, equals: 200)
            expectations.expect("message", body["message"]?.string, equals: "Circuit breaker reset successfully")
            expectations.expect("reset_by", body["reset_by"]?.string, equals: "manual_api_call")
            expectations.expect("a timestamp", body["timestamp"]?.string?.isEmpty == false, got: "none")
            return expectations.outcome(
                passed: "reset by \(body["reset_by"]?.string ?? "?")",
                got: "\(answer.status) \(answer.readableText.excerpt(200))")
        }
    }
}

struct ResetRaises: Check {
    let descriptor = CheckDescriptor(
        "HE-17", .healthEndpointIntegration, "test_reset_mlflow_circuit_breaker_exception",
        title: "A reset that fails is answered as 500 with the reason",
        intent: "A reset that did not happen must not be reported as done.",
        procedure: "Start the build variant `reset-raises`, POST the reset: 500 with a detail.", severity: .low,
        needs: [.launch, .variant("reset-raises")], excludes: [],
        risk: "Operators believe in a reset that did not happen.",
        remedy: Remediation(summary: "Answer 500 with `Reset failed: …` when the reset raises."),
        expect: ByProfile("500 with detail ‘Reset failed: …’"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.withInstance(InstanceDemand(variant: "reset-raises")) { instance in
            let answer = try await instance.target.send("POST", "/health/mlflow/reset")
            let detail = (try? answer.json(JSONValue.self))?["detail"]?.string ?? ""
            var expectations = Expectations()
            expectations.expect(of: answer, equals: 500)
            expectations.expect(
                "a detail with ‘Reset failed’", detail.contains("Reset failed"), got: detail.isEmpty ? "none" : detail)
            return expectations.outcome(passed: detail, got: "\(answer.status) \(answer.readableText.excerpt(200))")
        }
    }
}

struct DetailedServiceStatus: Check {
    let descriptor = CheckDescriptor(
        "HE-18", .healthEndpointIntegration, "test_detailed_service_status",
        title: "The status page tells name, version, overall health and the breaker",
        intent: "One page for everything, for dashboards.",
        procedure: "GET `/health/status`: 200, hokusai-registry, 1.0.0, healthy, the breaker, a timestamp.",
        needs: [.part(.detailedHealth)], dependsOn: ["HE-13"], deadline: .seconds(80),
        risk: "Dashboards built on this page are blank.",
        remedy: .responseModel, expect: DetailedHealth.detailed("200 healthy with the breaker"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            try await target.send("POST", "/health/mlflow/reset")
            let answer = try await target.get("/health/status")
            let body = (try? answer.json(JSONValue.self)) ?? .null
            var expectations = Expectations()
            expectations.expect(of: answer, equals: 200)
            expectations.expect("service_name", body["service_name"]?.string, equals: "hokusai-registry")
            expectations.expect("api_version", body["api_version"]?.string, equals: "1.0.0")
            expectations.expect("overall_health", body["overall_health"]?.string, equals: "healthy")
            expectations.expect(
                "mlflow.circuit_breaker", body.at("mlflow.circuit_breaker")?.object != nil, got: "nothing")
            expectations.expect("a timestamp", body["timestamp"]?.string?.isEmpty == false, got: "none")
            return expectations.outcome(
                passed: "200 healthy", got: "/health/status: \(answer.status) \(answer.readableText.excerpt(200))")
        }
    }
}

struct PrometheusMetrics: Check {
    let descriptor = CheckDescriptor(
        "HE-19", .healthEndpointIntegration, "test_metrics_endpoint_with_prometheus",
        title: "The metrics carry MLflow's connection and the breaker's state",
        intent: "Alerts are made from these two gauges.",
        procedure: "GET `/metrics`: 200, `mlflow_connection_status` and `mlflow_circuit_breaker_state`.",
        needs: [.part(.metrics)], deadline: .seconds(80), risk: "Alerts on MLflow never fire.",
        remedy: Remediation(summary: "Install the Prometheus client library in the image and register both gauges."),
        expect: ByProfile("200, both gauges"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            let answer = try await target.get("/metrics")
            let metrics = PrometheusText(answer.text)
            var expectations = Expectations()
            expectations.expect(of: answer, equals: 200)
            for name in ["mlflow_connection_status", "mlflow_circuit_breaker_state"] {
                expectations.expect(name, metrics.value(name) != nil, got: "no such gauge")
            }
            return expectations.outcome(
                passed: "both gauges are there", got: "\(answer.status) \(answer.readableText.excerpt(200))")
        }
    }
}

struct MetricsFallback: Check {
    let descriptor = CheckDescriptor(
        "HE-20", .healthEndpointIntegration, "test_metrics_endpoint_fallback",
        title: "Without the metrics library four counters come as JSON",
        intent: "An optional library must not make the page fail.",
        procedure: "Start the build variant `without-metrics-library`, GET `/metrics`: 200 with four counters.",
        severity: .low, needs: [.launch, .variant("without-metrics-library"), .part(.metrics)], excludes: [],
        risk: "Scrapes of a slimmer image fail.",
        remedy: Remediation(summary: "Catch the missing import and answer the counters."),
        expect: ByProfile("200 with requests_total, requests_per_second, average_response_time_ms, active_connections"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.withInstance(InstanceDemand(variant: "without-metrics-library")) { instance in
            let answer = try await instance.target.get("/metrics")
            let body = (try? answer.json(JSONValue.self)) ?? .null
            var expectations = Expectations()
            expectations.expect(of: answer, equals: 200)
            for name in ["requests_total", "requests_per_second", "average_response_time_ms", "active_connections"] {
                expectations.expect(name, body[name]?.number != nil, got: "nothing")
            }
            return expectations.outcome(
                passed: answer.readableText, got: "\(answer.status) \(answer.readableText.excerpt(200))")
        }
    }
}
