import CheckKit
import FaultInjection
import Formats
import RunModel

// The class TestRecoveryMechanisms (contract §6.5).

struct BreakerAutoReset: Check {
    let descriptor = CheckDescriptor(
        "CH-07", .recoveryMechanisms, "test_circuit_breaker_auto_reset",
        title: "The breaker finds its own way back to closed",
        intent: "Recovery at three in the morning needs nobody.",
        procedure: "Open the breaker, restore MLflow, wait the timeout out: HALF_OPEN, and CLOSED after two successes.",
        severity: .high, needs: [.faults(.mlflow)], dependsOn: ["CB-20"], excludes: [.everything],
        deadline: .seconds(150), risk: "Each MLflow restart needs an operator.", remedy: .breaker,
        expect: ByProfile("HALF_OPEN after the timeout, CLOSED after two successes"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: {
                BreakerScript().open(threshold: $0.failureThreshold).recover().waitOut($0.recoveryTimeout)
                    .probe(.halfOpen, successes: 1).probe(.closed, successes: 2)
            }
        ).run()
    }
}

struct ManualReset: Check {
    let descriptor = CheckDescriptor(
        "CH-08", .recoveryMechanisms, "test_manual_circuit_breaker_reset",
        title: "An operator can reset the breaker by hand",
        intent: "The one manual means in an MLflow outage, tried as in an incident.",
        procedure: "POST `/health/mlflow/reset`: 200, message, `reset_by`.", deadline: .seconds(80),
        risk: "An open breaker can only be waited for.", remedy: .breaker,
        expect: ByProfile("200, message, reset_by manual_api_call"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await ResetAnswer.check(context)
    }
}

struct GradualRecovery: Check {
    let descriptor = CheckDescriptor(
        "CH-09", .recoveryMechanisms, "test_gradual_service_recovery",
        title: "From everything down, health climbs back as each service returns",
        intent: "The way out of a total outage must be reported step by step.",
        procedure:
            "Everything cut off (unhealthy); PostgreSQL back (still unhealthy); Redis and queue back (degraded); MLflow back and the breaker closed (healthy).",
        severity: .high, needs: [.faults(.network)], dependsOn: ["CB-20"], excludes: [.everything],
        deadline: .seconds(240), risk: "Recovery is announced too early or never.",
        remedy: Remediation(summary: "Let two impaired systems make the overall word unhealthy."),
        expect: ByProfile(
            a: "unhealthy, unhealthy, degraded, healthy; as built degraded at the second",
            m: "unhealthy, unhealthy, degraded, healthy; as built degraded at the second",
            b: "unhealthy, degraded, degraded, healthy by /ready", fixed: "unhealthy, unhealthy, degraded, healthy"))

    func run(_ context: CheckContext) async throws -> Outcome {
        let profile = try context.knownProfile()
        return try await context.disturbing([.network]) { approach in
            let target = approach.target
            let mlflow = try await approach.open()
            let redis = try await approach.session.inject(try context.fault(.redis))
            let postgres = try await approach.session.inject(try context.fault(.postgres))
            var words = [try await Overview.read(target).overall ?? "?"]
            try await approach.session.undo(postgres)
            words.append(try await Overview.read(target).overall ?? "?")
            try await approach.session.undo(redis)
            words.append(try await Overview.read(target).overall ?? "?")
            try await approach.session.undo(mlflow)
            try await approach.waitOut()
            for _ in 0..<3 { try await target.get("/health/mlflow") }
            words.append(try await Overview.read(target).overall ?? "?")
            let second = profile == .b ? "degraded" : "unhealthy"
            var expectations = Expectations()
            expectations.expect(
                "unhealthy, \(second), degraded, healthy", words == ["unhealthy", second, "degraded", "healthy"],
                got: words.joined(separator: ", "))
            return expectations.outcome(
                passed: words.joined(separator: ", "), got: words.joined(separator: ", "))
        }
    }
}

struct HealthPersistence: Check {
    let descriptor = CheckDescriptor(
        "CH-10", .recoveryMechanisms, "test_service_health_persistence",
        title: "With nothing changed, health stays the same",
        intent: "A word that flips without a cause is worth nothing.",
        procedure: "Ten `/health` 0.1 s apart: all 200, all healthy.", dependsOn: ["CB-20"], deadline: .seconds(80),
        risk: "Alerts fire for nothing until nobody reads them.",
        remedy: Remediation(summary: "Find the check that flips: it is the one with different words in the record."),
        expect: ByProfile("200 healthy ten times; in A Redis is disabled, which is not unhealthy"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            try await target.send("POST", "/health/mlflow/reset")
            var seen: [String] = []
            for _ in 0..<10 {
                let health = HealthView(try await target.get("/health"))
                seen.append("\(health.status) \(health.overall ?? "?")")
                try await Task.sleep(for: .milliseconds(100))
            }
            var expectations = Expectations()
            expectations.expect(
                "200 healthy ten times", seen.allSatisfy { $0 == "200 healthy" }, got: seen.joined(separator: ", "))
            return expectations.outcome(passed: "the same ten times", got: seen.joined(separator: ", "))
        }
    }
}
