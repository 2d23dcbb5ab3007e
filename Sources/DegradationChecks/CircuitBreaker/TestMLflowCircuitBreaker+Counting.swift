import CheckKit
import RunModel

// The tests of the class TestMLflowCircuitBreaker that count successes and failures (contract §6.2).

struct InitialState: Check {
    let descriptor = CheckDescriptor(
        "CB-01", .mlflowCircuitBreaker, "test_initial_state",
        title: "A fresh breaker is closed with nothing counted",
        intent: "Everything else in this group builds on a known starting point.",
        procedure: "Reset the breaker, read `/health/mlflow`: CLOSED, no failures, the first success is number one.",
        severity: .high, dependsOn: ["CB-20"],
        risk: "A breaker that starts open or with failures blocks MLflow without a cause.", remedy: .breaker,
        expect: ByProfile("CLOSED, F=0, S=0 after a reset"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: { _ in BreakerScript().probe(.closed, failures: 0, successes: 1, attempts: 0, connected: true) }
        ).run()
    }
}

struct BasicFailureTracking: Check {
    let descriptor = CheckDescriptor(
        "CB-02", .mlflowCircuitBreaker, "test_basic_failure_tracking",
        title: "Failures are counted one by one, and the breaker opens and blocks at the threshold",
        intent: "The count is what protects callers from a dead MLflow.",
        procedure: "Cut MLflow off, probe until the threshold, then once more: the last probe must be blocked.",
        severity: .high, dependsOn: ["CB-01"], excludes: [.everything], deadline: .seconds(120),
        risk: "Each request waits for a dead MLflow instead of failing at once.", remedy: .breaker,
        expect: ByProfile("F=1, 2, … and OPEN at the threshold, then blocked"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: { BreakerScript().open(threshold: $0.failureThreshold).probe(.open, blocked: true) }
        ).run()
    }
}

struct SuccessInClosedState: Check {
    let descriptor = CheckDescriptor(
        "CB-03", .mlflowCircuitBreaker, "test_success_in_closed_state",
        title: "A success while closed takes one failure back",
        intent: "Single failures must not add up over days.",
        procedure: "Cut MLflow off for two probes, restore it, probe once: F=1, S=1, CLOSED.",
        dependsOn: ["CB-01"], excludes: [.everything], deadline: .seconds(90),
        risk: "Rare failures add up until the breaker opens on a healthy MLflow.", remedy: .breaker,
        expect: ByProfile("F=1, S=1, CLOSED"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context, demand: .deployed(minimumThreshold: 3),
            script: { _ in
                BreakerScript().fail().probe(.closed, failures: 1).probe(.closed, failures: 2).recover()
                    .probe(.closed, failures: 1, successes: 1, connected: true)
            }
        ).run()
    }
}

struct ClosedToOpen: Check {
    let descriptor = CheckDescriptor(
        "CB-04", .mlflowCircuitBreaker, "test_state_transition_closed_to_open",
        title: "The breaker is closed one failure before its threshold and open at it",
        intent: "Off by one would open it too early or too late.",
        procedure: "Cut MLflow off and probe up to the threshold.", severity: .high, dependsOn: ["CB-01"],
        excludes: [.everything], deadline: .seconds(120),
        risk: "The breaker opens at another count than the one that operators set.", remedy: .breaker,
        expect: ByProfile("CLOSED at threshold − 1, OPEN at the threshold"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context, script: { BreakerScript().open(threshold: $0.failureThreshold) }
        ).run()
    }
}

struct ConsecutiveSuccessResetOnFailure: Check {
    let descriptor = CheckDescriptor(
        "CB-14", .mlflowCircuitBreaker, "test_consecutive_success_reset_on_failure",
        title: "A failure ends a row of successes",
        intent: "Recovery asks for successes in a row, so the row must really be one.",
        procedure: "Probe twice with MLflow up (S=2), cut it off, probe once: S=0, F=1.",
        dependsOn: ["CB-01"], excludes: [.everything], deadline: .seconds(90),
        risk: "A half-open breaker closes on a service that fails every second time.", remedy: .breaker,
        expect: ByProfile("S=2, then S=0"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context, demand: .deployed(minimumThreshold: 2),
            script: { _ in
                BreakerScript().probe(.closed, successes: 1).probe(.closed, successes: 2).fail()
                    .probe(.closed, failures: 1, successes: 0, connected: false)
            }
        ).run()
    }
}

struct GradualFailureCountReduction: Check {
    let descriptor = CheckDescriptor(
        "CB-15", .mlflowCircuitBreaker, "test_gradual_failure_count_reduction",
        title: "Successes take failures back one at a time",
        intent: "The count falls as slowly as it rose.",
        procedure: "Two failing probes (F=2), then MLflow back and two more: F=1, F=0.",
        dependsOn: ["CB-01"], excludes: [.everything], deadline: .seconds(90),
        risk: "The breaker forgets failures too fast or not at all.", remedy: .breaker,
        expect: ByProfile("F=2, 1, 0"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context, demand: .deployed(minimumThreshold: 3),
            script: { _ in
                BreakerScript().fail().probe(.closed, failures: 1).probe(.closed, failures: 2).recover()
                    .probe(.closed, failures: 1).probe(.closed, failures: 0)
            }
        ).run()
    }
}
