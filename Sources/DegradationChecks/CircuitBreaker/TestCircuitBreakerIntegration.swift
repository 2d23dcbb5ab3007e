import CheckKit
import HTTPClient
import RunModel

// The class TestCircuitBreakerIntegration (contract §6.2).

struct BreakerWithMLflowOperations: Check {
    let descriptor = CheckDescriptor(
        "CB-22", .circuitBreakerIntegration, "test_circuit_breaker_with_mlflow_operations",
        title: "MLflow's health and the breaker tell the same story through an outage",
        intent: "Health, breaker and readiness must agree on what is wrong.",
        procedure:
            "Read the health (connected, CLOSED), cut MLflow off (not connected), probe to the threshold (OPEN), and look for the words that say so.",
        severity: .high, dependsOn: ["CB-04"], excludes: [.everything], deadline: .seconds(150),
        risk: "During an outage the health pages contradict each other.", remedy: .breaker,
        expect: ByProfile(
            a: "OPEN reported by /ready, because /health/mlflow hides it",
            m: "OPEN reported by /ready, because /health/mlflow hides it",
            b: "OPEN reported by /ready, because /health/mlflow hides it",
            fixed: "connected, not connected, then blocked with a text that says OPEN"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: {
                BreakerScript().probe(.closed, connected: true).open(threshold: $0.failureThreshold)
                    .probe(.open, blocked: true)
            },
            judge: { [profile = context.profile] passage, _ in
                guard profile == .fixed, let last = passage.answers.last else { return nil }
                let error = last.body["error"]?.string ?? ""
                if error.uppercased().contains("OPEN") { return nil }
                return .failed(
                    .breaker(.status),
                    "an open breaker does not say so", expected: "an error text with OPEN", got: "‘\(error)’")
            }
        ).run()
    }
}

struct BreakerRecovery: Check {
    let descriptor = CheckDescriptor(
        "CB-23", .circuitBreakerIntegration, "test_circuit_breaker_recovery",
        title: "After an outage the health comes back by itself",
        intent: "Nobody should have to reset the breaker by hand.",
        procedure: "Open the breaker, restore MLflow, wait the timeout out, probe: connected, HALF_OPEN or CLOSED.",
        severity: .high, dependsOn: ["CB-04"], excludes: [.everything], deadline: .seconds(150),
        risk: "Each MLflow restart needs an operator.", remedy: .breaker,
        expect: ByProfile("connected, HALF_OPEN, then CLOSED"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: {
                BreakerScript().open(threshold: $0.failureThreshold).recover().waitOut($0.recoveryTimeout)
                    .probe(.halfOpen, connected: true).probe(.closed, connected: true)
            }
        ).run()
    }
}
