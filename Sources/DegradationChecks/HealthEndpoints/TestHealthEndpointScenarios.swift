import CheckKit
import FaultInjection
import RunModel
import Secrets

// The class TestHealthEndpointScenarios (contract §6.3).

struct GradualDegradation: Check {
    let descriptor = CheckDescriptor(
        "HE-21", .healthEndpointScenarios, "test_gradual_service_degradation",
        title: "Health goes from healthy over degraded to unhealthy as services fail",
        intent: "The word must grow worse with the situation.",
        procedure:
            "Read health; open the breaker and read again (degraded); cut Redis off too, in profile B PostgreSQL, which readiness shows there, and read again (unhealthy).",
        severity: .high, needs: [.faults(.mlflow), .faults(.redis)], dependsOn: ["HE-06", "CB-20"],
        excludes: [.everything], deadline: .seconds(180), risk: "A growing outage looks like a small one.",
        remedy: Remediation(summary: "Let two impaired systems make the overall word unhealthy."),
        expect: ByProfile(
            a: "healthy, degraded, unhealthy; as built it stays degraded",
            m: "healthy, degraded, unhealthy; as built it stays degraded",
            b: "healthy, degraded, and with PostgreSQL cut off unhealthy, by /ready",
            fixed: "healthy, degraded, unhealthy"),
        titles: [.b: "Readiness goes from healthy over degraded to unhealthy as MLflow and PostgreSQL fail"],
        cautions: [.b: "On this deployment /health is a constant; the words are those of /ready."])

    func run(_ context: CheckContext) async throws -> Outcome {
        let profile = try context.knownProfile()
        let other = Self.second(profile)
        return try await context.disturbing([.mlflow, other]) { approach in
            let first = try await Overview.read(approach.target)
            try await approach.open()
            let second = try await Overview.read(approach.target)
            try await approach.session.inject(try context.fault(other))
            let third = try await Overview.read(approach.target)
            var expectations = Expectations()
            expectations.expect("at first", first.overall, equals: "healthy")
            expectations.expect("with the breaker open", second.overall, equals: "degraded")
            let name = other == .redis ? "Redis" : "PostgreSQL"
            expectations.expect("with \(name) down too", third.overall, equals: "unhealthy")
            let words = [first, second, third].map { $0.overall ?? "?" }.joined(separator: ", ")
            return expectations.outcome(passed: "\(words) (MLflow, then \(name) too)", got: words)
        }
    }

    /// What fails beside MLflow: profile B shows nothing of Redis (contract §6.6).
    static func second(_ profile: DeploymentProfile) -> Dependency { profile == .b ? .postgres : .redis }
}

struct RecoverySequence: Check {
    let descriptor = CheckDescriptor(
        "HE-22", .healthEndpointScenarios, "test_service_recovery_sequence",
        title: "Health comes back step by step as services do",
        intent: "Recovery must be reported as carefully as decline.",
        procedure:
            "Breaker open and Redis down, in profile B PostgreSQL (unhealthy); that back (degraded); HALF_OPEN (degraded); closed (healthy).",
        severity: .high, needs: [.faults(.mlflow), .faults(.redis)], dependsOn: ["HE-06", "CB-20"],
        excludes: [.everything], deadline: .seconds(180), risk: "Recovery is announced too early or never.",
        remedy: Remediation(summary: "Let two impaired systems make the overall word unhealthy."),
        expect: ByProfile(
            a: "unhealthy, degraded, degraded, healthy; as built it begins degraded",
            m: "unhealthy, degraded, degraded, healthy; as built it begins degraded",
            b: "unhealthy, degraded, degraded, healthy by /ready", fixed: "unhealthy, degraded, degraded, healthy"))

    func run(_ context: CheckContext) async throws -> Outcome {
        let profile = try context.knownProfile()
        let other = GradualDegradation.second(profile)
        return try await context.disturbing([.mlflow, other]) { approach in
            let target = approach.target
            let mlflow = try await approach.open()
            let second = try await approach.session.inject(try context.fault(other))
            let first = try await Overview.read(target)
            try await approach.session.undo(second)
            let third = try await Overview.read(target)
            try await approach.session.undo(mlflow)
            try await approach.waitOut()
            // Where answers lag, one ask is needed first for health to show the state; readiness in B asks twice.
            if profile == .a || profile == .m { try await target.get("/health/mlflow") }
            let fourth = try await Overview.read(target)
            for _ in 0..<2 { try await target.get("/health/mlflow") }
            let fifth = try await Overview.read(target)
            var expectations = Expectations()
            expectations.expect("at first", first.overall, equals: "unhealthy")
            expectations.expect("with \(other) back", third.overall, equals: "degraded")
            expectations.expect("half-open", fourth.overall, equals: "degraded")
            expectations.expect("half-open, mlflow", fourth.mlflow, equals: "recovering")
            expectations.expect("at last", fifth.overall, equals: "healthy")
            let words = [first, third, fourth, fifth].map { $0.overall ?? "?" }.joined(separator: ", ")
            return expectations.outcome(passed: words, got: words)
        }
    }
}

struct TimeoutHandling: Check {
    let descriptor = CheckDescriptor(
        "HE-23", .healthEndpointScenarios, "test_timeout_handling",
        title: "With database and Redis hanging, detailed health answers unhealthy and names the time-outs",
        intent: "Hanging is the worst way to fail: nothing refuses, everything waits.",
        procedure:
            "Let PostgreSQL and Redis hang, GET `/health?detailed=true`: 200, unhealthy, a text that says time-out.",
        severity: .high, needs: [.faults(.postgres), .faults(.redis), .part(.detailedHealth)], dependsOn: ["HE-06"],
        excludes: [.everything], deadline: .seconds(180), risk: "The health page hangs with its dependencies.",
        remedy: .responseModel, expect: DetailedHealth.detailed("200 unhealthy, an error text with time-out"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.requireDetailedHealth()
        return try await context.disturbing([.postgres, .redis]) { approach in
            for dependency in [.postgres, .redis] as [Dependency] {
                try await approach.session.inject(try context.fault(dependency, .hang))
            }
            let health = HealthView(try await approach.target.get("/health?detailed=true"))
            var expectations = Expectations()
            expectations.expect(of: health.response, equals: 200)
            expectations.expect("overall", health.overall, equals: "unhealthy")
            let text = Self.errors(of: health).joined(separator: "; ").lowercased()
            expectations.expect(
                "an error text that says time-out", text.contains("timeout") || text.contains("timed out"),
                got: text.isEmpty ? "none" : text.excerpt(300))
            return expectations.outcome(passed: health.summary, got: health.summary)
        }
    }

    /// What the page says of the database and Redis in words; names of fields are no words of an error.
    private static func errors(of health: HealthView) -> [String] {
        let services = health.body["services"]?.object ?? [:]
        let places = ["redis_error", "redis_details", "postgres_error", "postgres_details"]
        return places.compactMap { services[$0] }.flatMap { value in
            value.string.map { [$0] } ?? (value.object ?? [:]).values.compactMap(\.string)
        }
    }
}
