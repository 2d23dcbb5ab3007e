import CheckKit
import RunModel

// The tests of the class TestHealthEndpointIntegration about `/health` (contract §6.3).

struct AllServicesHealthy: Check {
    let descriptor = CheckDescriptor(
        "HE-01", .healthEndpointIntegration, "test_health_check_all_services_healthy",
        title: "With everything up, health says healthy for every service",
        intent: "The load balancer and every dashboard build on this page.",
        procedure:
            "Reset the breaker, GET `/health`: 200, healthy, timestamp, version 1.0.0, and each service healthy.",
        severity: .critical, dependsOn: ["HE-13"], risk: "Healthy tasks are taken out of service, or sick ones kept.",
        remedy: Remediation(summary: "Find the service that is not healthy in the answer and restore it."),
        expect: ByProfile(
            a: "200 healthy; Redis is disabled in this build, so this fails", m: "200 healthy, all four services",
            b: "200 healthy; dependencies by /ready", fixed: "200 healthy, all four services"))

    func run(_ context: CheckContext) async throws -> Outcome {
        let profile = try context.knownProfile()
        return try await context.atDeployment { target in
            try await target.send("POST", "/health/mlflow/reset")
            let health = HealthView(try await target.get("/health"))
            let overview = try await Overview.read(target)
            var expectations = Expectations()
            expectations.expect(of: health.response, equals: 200)
            expectations.expect("overall", health.overall, equals: "healthy")
            expectations.expect("version", health.body["version"]?.string, equals: "1.0.0")
            expectations.expect(
                "a timestamp", health.body["timestamp"]?.string?.isEmpty == false, got: "none")
            expectations.expect("mlflow", overview.mlflow, equals: "healthy")
            expectations.expect("postgres", overview.postgres, equals: "healthy")
            if profile != .b {
                if !context.configuration.absent.contains(.redis) {
                    expectations.expect("redis", overview.redis, equals: "healthy")
                }
                expectations.expect("message_queue", overview.queue, equals: "healthy")
            }
            return expectations.outcome(passed: overview.summary, got: overview.summary)
        }
    }
}

struct DetailedHealth: Check {
    let descriptor = CheckDescriptor(
        "HE-02", .healthEndpointIntegration, "test_health_check_with_detailed_info",
        title: "Detailed health carries CPU, memory and MLflow's address",
        intent: "The page that operators open first in an incident.",
        procedure:
            "GET `/health?detailed=true`: 200, `system_info` with CPU and memory, `mlflow_details` with `tracking_uri`.",
        severity: .high, needs: [.part(.detailedHealth)], risk: "In an incident the detailed page is an error page.",
        remedy: .responseModel, expect: Self.detailed("200 with details"))

    static func detailed(_ intent: String) -> ByProfile<String> {
        let broken = "\(intent); this build answers 500 in every call"
        return ByProfile(a: broken, m: broken, b: broken, fixed: intent)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            let health = HealthView(try await target.get("/health?detailed=true"))
            var expectations = Expectations()
            expectations.expect(of: health.response, equals: 200)
            for name in ["cpu_percent", "memory_percent"] {
                let value = health.body.at("system_info.\(name)")?.number
                expectations.expect(
                    "system_info.\(name) from 0 to 100", value.map { (0...100).contains($0) } ?? false,
                    got: value.map { "\($0)" } ?? "nothing")
            }
            let address = health.mlflowDetails?["tracking_uri"]?.string
            expectations.expect("mlflow_details.tracking_uri", address?.isEmpty == false, got: address ?? "nothing")
            return expectations.outcome(passed: health.summary, got: "/health?detailed=true: \(health.summary)")
        }
    }
}

struct HealthWhileBreakerOpen: Check {
    let descriptor = CheckDescriptor(
        "HE-03", .healthEndpointIntegration, "test_health_check_mlflow_circuit_breaker_open",
        title: "While the breaker is open, health is degraded and says why",
        intent: "MLflow down is no reason to take the API out of service, but a reason to say so.",
        procedure: "Open the breaker, GET `/health?detailed=true`: 200, overall and MLflow degraded, a reason.",
        severity: .high, needs: [.faults(.mlflow), .part(.detailedHealth)], dependsOn: ["HE-13", "CB-20"],
        excludes: [.everything], deadline: .seconds(150), risk: "Operators do not see that the breaker is the cause.",
        remedy: .responseModel,
        expect: DetailedHealth.detailed("200 degraded with a reason"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.requireDetailedHealth()
        return try await context.disturbing([.mlflow]) { approach in
            try await approach.open()
            let health = HealthView(try await approach.target.get("/health?detailed=true"))
            return Self.outcome(of: health, mlflow: "degraded", reason: "OPEN")
        }
    }

    static func outcome(of health: HealthView, mlflow: String, reason: String) -> Outcome {
        var expectations = Expectations()
        expectations.expect(of: health.response, equals: 200)
        expectations.expect("overall", health.overall, equals: "degraded")
        expectations.expect("mlflow", health.service("mlflow"), equals: mlflow)
        let text = ["reason", "message"].compactMap { health.mlflowDetails?[$0]?.string }.joined(separator: " ")
        expectations.expect(
            "a reason that names \(reason)", text.uppercased().contains(reason), got: text.isEmpty ? "none" : text)
        return expectations.outcome(passed: "\(health.summary): \(text)", got: health.summary)
    }
}

struct HealthWhileBreakerHalfOpen: Check {
    let descriptor = CheckDescriptor(
        "HE-04", .healthEndpointIntegration, "test_health_check_mlflow_circuit_breaker_half_open",
        title: "While the breaker is half-open, health is degraded and MLflow recovering",
        intent: "Recovery is a state of its own that operators want to see.",
        procedure: "Bring the breaker to HALF_OPEN, GET `/health?detailed=true`: degraded, recovering, a reason.",
        needs: [.faults(.mlflow), .part(.detailedHealth)], dependsOn: ["HE-13", "CB-20"], excludes: [.everything],
        deadline: .seconds(150), risk: "Recovery looks like an outage, or like health.", remedy: .responseModel,
        expect: DetailedHealth.detailed("200 degraded, MLflow recovering, with a reason"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.requireDetailedHealth()
        return try await context.disturbing([.mlflow]) { approach in
            try await approach.halfOpen(primed: context.profile != .fixed)
            let health = HealthView(try await approach.target.get("/health?detailed=true"))
            return HealthWhileBreakerOpen.outcome(of: health, mlflow: "recovering", reason: "HALF_OPEN")
        }
    }
}

struct SeveralServicesUnhealthy: Check {
    let descriptor = CheckDescriptor(
        "HE-05", .healthEndpointIntegration, "test_health_check_multiple_services_unhealthy",
        title: "With database and Redis down and the breaker open, health is unhealthy and still answers",
        intent: "The worst case must be reported, not crash the page.",
        procedure:
            "Open the breaker, cut PostgreSQL and Redis off, GET `/health`: unhealthy, Redis unhealthy, MLflow degraded.",
        severity: .high, needs: [.faults(.mlflow), .faults(.postgres), .faults(.redis)],
        dependsOn: ["HE-06", "CB-20"], excludes: [.everything], deadline: .seconds(180),
        risk: "A dead platform calls itself degraded.", remedy: .blocking,
        expect: ByProfile(
            a: "unhealthy; Redis is disabled in this build, so this fails",
            m: "503 unhealthy, redis unhealthy, mlflow degraded",
            b: "skipped: /health is a constant and shows neither database nor Redis; HE-07 asks readiness",
            fixed: "200 unhealthy, redis unhealthy, mlflow degraded"),
        titles: [.b: "Health tells of several broken services (here /health is constant and tells of none)"],
        cautions: [
            .b:
                "On this deployment /health is a constant: it shows neither database nor Redis. HE-07 asks readiness instead."
        ])

    func run(_ context: CheckContext) async throws -> Outcome {
        let profile = try context.knownProfile()
        if profile == .b {
            return .skipped(
                "/health of profile B is a constant and reports neither the database nor Redis; what readiness says is HE-07"
            )
        }
        return try await context.disturbing([.mlflow, .postgres, .redis]) { approach in
            try await approach.open()
            for dependency in [.postgres, .redis] as [Dependency] {
                try await approach.session.inject(try context.fault(dependency))
            }
            let overview = try await Overview.read(approach.target)
            var expectations = Expectations()
            expectations.expect("status of /health", overview.status, equals: profile == .m ? 503 : 200)
            expectations.expect("overall", overview.overall, equals: "unhealthy")
            expectations.expect("mlflow", overview.mlflow, equals: "degraded")
            expectations.expect("redis", overview.redis, equals: "unhealthy")
            return expectations.outcome(passed: overview.summary, got: overview.summary)
        }
    }
}
