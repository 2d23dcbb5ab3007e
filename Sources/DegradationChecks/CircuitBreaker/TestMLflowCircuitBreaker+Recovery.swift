import CheckKit
import RunModel

// The tests of the class TestMLflowCircuitBreaker about the way back from OPEN (contract §6.2).

struct OpenToHalfOpen: Check {
    let descriptor = CheckDescriptor(
        "CB-05", .mlflowCircuitBreaker, "test_state_transition_open_to_half_open",
        title: "An open breaker blocks until its timeout has passed, then lets a trial through",
        intent: "Recovery must begin by itself, and not too early.",
        procedure: "Open the breaker, restore MLflow, probe at once (blocked), wait the timeout out, probe: HALF_OPEN.",
        severity: .high, dependsOn: ["CB-04"], excludes: [.everything], deadline: .seconds(150),
        risk: "The platform stays cut off from a recovered MLflow.", remedy: .breaker,
        expect: ByProfile("OPEN and blocking, then HALF_OPEN with A=1"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: {
                BreakerScript().open(threshold: $0.failureThreshold).recover().probe(.open, blocked: true)
                    .waitOut($0.recoveryTimeout).probe(.halfOpen, attempts: 1, blocked: false)
            }
        ).run()
    }
}

struct HalfOpenSuccessRecovery: Check {
    let descriptor = CheckDescriptor(
        "CB-06", .mlflowCircuitBreaker, "test_half_open_success_recovery",
        title: "The second success in a row closes a half-open breaker",
        intent: "One lucky call is no recovery.",
        procedure:
            "Open, restore, wait the timeout out; first probe HALF_OPEN with S=1, second CLOSED with S=2 and F=0.",
        severity: .high, dependsOn: ["CB-05"], excludes: [.everything], deadline: .seconds(150),
        risk: "The breaker flaps, or never closes again.", remedy: .breaker,
        expect: ByProfile("HALF_OPEN S=1, then CLOSED S=2 F=0"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: {
                BreakerScript().open(threshold: $0.failureThreshold).recover().waitOut($0.recoveryTimeout)
                    .probe(.halfOpen, successes: 1, connected: true)
                    .probe(.closed, failures: 0, successes: 2, attempts: 0, connected: true)
            }
        ).run()
    }
}

struct HalfOpenFailureBackToOpen: Check {
    let descriptor = CheckDescriptor(
        "CB-07", .mlflowCircuitBreaker, "test_half_open_failure_back_to_open",
        title: "One failure sends a half-open breaker back to open",
        intent: "A trial that fails must stop the trials.",
        procedure: "Bring the breaker to HALF_OPEN with one success, cut MLflow off again, probe: OPEN, S=0.",
        severity: .high, dependsOn: ["CB-05"], excludes: [.everything], deadline: .seconds(150),
        risk: "A half-open breaker lets every request run into a dead MLflow.", remedy: .breaker,
        expect: ByProfile("OPEN, S=0"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: {
                BreakerScript().open(threshold: $0.failureThreshold).recover().waitOut($0.recoveryTimeout)
                    .probe(.halfOpen, successes: 1).fail().probe(.open, successes: 0, connected: false)
            }
        ).run()
    }
}

struct MaximumRecoveryAttempts: Check {
    let descriptor = CheckDescriptor(
        "CB-08", .mlflowCircuitBreaker, "test_max_recovery_attempts",
        title: "Recovery attempts are counted, and the last one changes the wait",
        intent: "A dependency that stays dead should be tried less and less often.",
        procedure:
            "On an instance with threshold 2, timeout 1 s, 2 attempts: let two trials fail, restore MLflow, wait one timeout, probe.",
        needs: [.launch, .faults(.mlflow)], dependsOn: ["CB-01"], excludes: [], deadline: .seconds(120),
        risk: "A dead MLflow is hammered forever.", remedy: .breaker,
        expect: ByProfile(
            a: "still OPEN after one timeout (2025)", m: "still OPEN after one timeout (2025)",
            b: "HALF_OPEN after one timeout (2026)", fixed: "still OPEN after one timeout, HALF_OPEN after two"),
        titles: [.b: "Recovery attempts are counted, and the wait stays one timeout after the last of them"],
        cautions: [
            .b:
                "On this deployment the wait never grows, however often recovery failed: the test holds the breaker against what this build does. CB-09 says what was meant."
        ])

    func run(_ context: CheckContext) async throws -> Outcome {
        let isLenient = context.profile == .b || context.profile == nil
        return try await BreakerConformance(
            context: context, demand: .own(threshold: 2, timeout: 1, attempts: 2),
            backOff: isLenient ? .constant : .doublesAfterAttempts,
            script: { settings in
                let exhausted = BreakerScript().open(threshold: 2)
                    .waitOut(settings.recoveryTimeout).probe(.open, attempts: 1, connected: false)
                    .waitOut(settings.recoveryTimeout).probe(.open, attempts: 2, connected: false)
                    .recover().waitOut(settings.recoveryTimeout)
                return isLenient
                    ? exhausted.probe(.halfOpen, attempts: 2)
                    : exhausted.probe(.open, attempts: 2).waitOut(settings.recoveryTimeout).probe(.halfOpen)
            }
        ).run()
    }
}

struct ForceReset: Check {
    let descriptor = CheckDescriptor(
        "CB-10", .mlflowCircuitBreaker, "test_force_reset",
        title: "A manual reset closes an open breaker and forgets everything",
        intent: "Operators need one call that brings MLflow back at once.",
        procedure: "Open the breaker, restore MLflow, POST the reset, probe: CLOSED, F=0, A=0, no last failure.",
        severity: .high, dependsOn: ["CB-04"], excludes: [.everything], deadline: .seconds(120),
        risk: "After an outage the platform waits although MLflow is back.", remedy: .breaker,
        expect: ByProfile("CLOSED, F=A=0, S counted anew, no last failure"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: {
                BreakerScript().open(threshold: $0.failureThreshold).probe().recover().reset()
                    .probe(.closed, failures: 0, successes: 1, attempts: 0, connected: true)
            },
            judge: { passage, _ in
                guard let last = passage.answers.last, let value = last.details?["last_failure_time"],
                    value != .null
                else { return nil }
                return .failed(
                    .breaker(.reset),
                    "the reset kept the last failure", expected: "last_failure_time null", got: value.text)
            }
        ).run()
    }
}

struct ZeroThreshold: Check {
    let descriptor = CheckDescriptor(
        "CB-17", .mlflowCircuitBreaker, "test_edge_case_zero_threshold",
        title: "A threshold of 0 in the environment opens on the first failure",
        intent: "The extreme setting has one defined meaning.",
        procedure: "Start an instance with MLFLOW_CB_FAILURE_THRESHOLD=0, cut MLflow off, probe once: OPEN.",
        severity: .low, needs: [.launch, .faults(.mlflow)], dependsOn: ["CB-01"], excludes: [],
        deadline: .seconds(90), risk: "Operators who set 0 get another breaker than they think.",
        remedy: .breakerSettings,
        expect: ByProfile(
            "OPEN after one failure; as an argument in code 0 means the default, in the environment it is 0"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context, demand: .own(threshold: 0, timeout: 30, attempts: 3),
            script: { _ in BreakerScript().fail().probe(.open, failures: 1, connected: false) }
        ).run()
    }
}

struct ZeroTimeout: Check {
    let descriptor = CheckDescriptor(
        "CB-18", .mlflowCircuitBreaker, "test_edge_case_zero_timeout",
        title: "A recovery timeout of 0 in the environment allows a retry at once",
        intent: "The extreme setting has one defined meaning.",
        procedure:
            "Start an instance with MLFLOW_CB_RECOVERY_TIMEOUT=0 and threshold 2, open it, restore MLflow, probe: HALF_OPEN.",
        severity: .low, needs: [.launch, .faults(.mlflow)], dependsOn: ["CB-01"], excludes: [],
        deadline: .seconds(90), risk: "Operators who set 0 get another breaker than they think.",
        remedy: .breakerSettings,
        expect: ByProfile("HALF_OPEN at the next ask; in the environment 0 is 0"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context, demand: .own(threshold: 2, timeout: 0, attempts: 3),
            script: {
                BreakerScript().open(threshold: $0.failureThreshold).recover().probe(.halfOpen, connected: true)
            }
        ).run()
    }
}
