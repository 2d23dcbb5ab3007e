import CheckKit
import Formats
import RunModel

// The tests of the class TestMLflowCircuitBreaker about what the breaker tells of itself (contract §6.2).

struct StatusReporting: Check {
    let descriptor = CheckDescriptor(
        "CB-11", .mlflowCircuitBreaker, "test_status_reporting",
        title: "The status tells the counters, the settings and the times",
        intent: "Operators and dashboards read these fields during an outage.",
        procedure:
            "Two failing probes below the threshold; the details must show F=2, S=0, A=0, threshold, timeout and times.",
        dependsOn: ["CB-01"], excludes: [.everything], deadline: .seconds(90),
        risk: "During an outage nobody sees how close the breaker is to opening.", remedy: .breaker,
        expect: ByProfile("CLOSED, F=2, S=0, A=0, threshold and timeout echoed, last failure and last success set"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context, demand: .deployed(minimumThreshold: 3),
            script: { _ in
                BreakerScript().probe(.closed).fail().probe(.closed, failures: 1)
                    .probe(.closed, failures: 2, successes: 0, attempts: 0).recover().probe(.closed)
            },
            judge: { passage, settings in
                // The answer after two failures: the third or, where answers lag, the fourth.
                guard let answer = passage.answers.last(where: { ($0.count("failure_count") ?? 0) > 0 }) else {
                    return .failed(
                        .breaker(.status),
                        "no answer shows the failures", expected: "failure_count 2", got: "0 in every answer")
                }
                let problems = BreakerFields.problems(of: answer, settings: settings, hasFailed: true)
                return problems.isEmpty
                    ? nil
                    : .failed(
                        .breaker(.status),
                        "the status is incomplete", expected: "all fields of the breaker's status, with values",
                        got: problems.joined(separator: "; "))
            }
        ).run()
    }
}

struct StatusInOpenState: Check {
    let descriptor = CheckDescriptor(
        "CB-12", .mlflowCircuitBreaker, "test_status_in_open_state",
        title: "An open breaker tells when it will try again",
        intent: "The time until the next trial is the first question of an operator.",
        procedure: "Open the breaker and read the status: F at the threshold, 0 < time_until_retry ≤ timeout.",
        dependsOn: ["CB-04"], excludes: [.everything], deadline: .seconds(120),
        risk: "Nobody knows whether to wait or to reset.", remedy: .breaker,
        expect: ByProfile(
            a: "hidden over HTTP while OPEN: the model only",
            m: "hidden over HTTP while OPEN: the model only",
            b: "hidden over HTTP while OPEN: the model only",
            fixed: "OPEN, F at the threshold, 0 < time ≤ timeout"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context,
            script: { BreakerScript().open(threshold: $0.failureThreshold).probe(.open, blocked: true) },
            judge: { passage, settings in
                guard let answer = passage.answers.last, answer.state == .open, answer.details != nil else {
                    return .skipped(
                        "the state is OPEN as it must be, and this build tells no details while it is"
                    )
                }
                let timeout = settings.recoveryTimeout.seconds
                let left = answer.seconds("time_until_retry")
                guard let left, left > 0, left <= timeout else {
                    return .failed(
                        .breaker(.status),
                        "the time until the next trial is wrong", expected: "more than 0, at most \(timeout) s",
                        got: left.map { "\($0) s" } ?? "no time_until_retry")
                }
                return nil
            }
        ).run()
    }
}

struct TimeCalculations: Check {
    /// Clocks of two machines may differ, and the server's own word is in whole seconds.
    private static let tolerance = 2.0

    let descriptor = CheckDescriptor(
        "CB-13", .mlflowCircuitBreaker, "test_time_calculations",
        title: "The times in the status fit what happened",
        intent: "Wrong times make every other figure of the status worthless.",
        procedure:
            "Let probes fail below the threshold and compare last failure and time since then with our own clock.",
        dependsOn: ["CB-01"], excludes: [.everything], deadline: .seconds(120),
        risk: "Operators are misled about how old a failure is.", remedy: .breaker,
        expect: ByProfile("last failure within the test, time since then ≥ 0, time until retry ≤ timeout"))

    func run(_ context: CheckContext) async throws -> Outcome {
        let start = ContinuousClock.now
        return try await BreakerConformance(
            context: context, demand: .deployed(minimumThreshold: 2),
            script: { settings in
                let failures = min(3, settings.failureThreshold - 1)
                return (0..<failures).reduce(BreakerScript().fail()) { script, _ in script.probe(.closed) }
                    .recover().probe(.closed)
            },
            judge: { passage, settings in
                let elapsed = start.duration(to: .now).seconds
                let seen = passage.answers.last { $0.seconds("last_failure_time") != nil }
                guard let seen, let since = seen.seconds("time_since_last_failure") else {
                    return .failed(
                        .breaker(.status),
                        "no answer tells the last failure", expected: "last_failure_time and time_since_last_failure",
                        got: passage.answers.last?.details?.text ?? "no details")
                }
                let untilRetry = seen.seconds("time_until_retry") ?? 0
                if since >= -0.001, since <= elapsed + Self.tolerance, untilRetry <= settings.recoveryTimeout.seconds {
                    return nil
                }
                return .failed(
                    .breaker(.status),
                    "the times do not fit",
                    expected:
                        "time_since_last_failure from 0 to \(elapsed.rounded(.up)) s, time_until_retry at most \(settings.recoveryTimeout.readable)",
                    got: "since \(since) s, until retry \(untilRetry) s")
            }
        ).run()
    }
}

struct ConfigurableParameters: Check {
    let descriptor = CheckDescriptor(
        "CB-16", .mlflowCircuitBreaker, "test_configurable_parameters",
        title: "Threshold 5, timeout 60 s and 10 attempts are kept and obeyed",
        intent: "What operators set is what they get.",
        procedure:
            "Start an instance with 5/60/10, read the settings back, let four probes fail (CLOSED), then the fifth (OPEN).",
        needs: [.launch, .faults(.mlflow)], dependsOn: ["CB-01"], excludes: [], deadline: .seconds(120),
        risk: "The breaker works with other numbers than configured.", remedy: .breakerSettings,
        expect: ByProfile("5 and 60 shown, OPEN at the fifth failure"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context, demand: .own(threshold: 5, timeout: 60, attempts: 10),
            script: { BreakerScript().probe(.closed).open(threshold: $0.failureThreshold) },
            judge: { passage, settings in BreakerFields.settingsProblem(of: passage.answers.first, settings) }
        ).run()
    }
}

/// The fields of the status (contract §5.3).
enum BreakerFields {
    static let all = [
        "state", "failure_count", "consecutive_successes", "recovery_attempts", "last_failure_time",
        "last_success_time", "time_since_last_failure", "time_until_retry", "failure_threshold", "recovery_timeout",
    ]

    static func missing(in answer: MLflowHealth) -> [String] {
        all.filter { answer.details?[$0] == nil }
    }

    static func problems(of answer: MLflowHealth, settings: CircuitBreakerSettings, hasFailed: Bool) -> [String] {
        var problems = missing(in: answer).map { "no \($0)" }
        if let outcome = settingsProblem(of: answer, settings) { problems.append(outcome.message) }
        if hasFailed, answer.seconds("last_failure_time") == nil { problems.append("last_failure_time has no value") }
        if answer.seconds("last_success_time") == nil { problems.append("last_success_time has no value") }
        return problems
    }

    /// Whether threshold, timeout and, where it is shown, the number of attempts are those asked for.
    static func settingsProblem(of answer: MLflowHealth?, _ settings: CircuitBreakerSettings) -> Outcome? {
        let shown = (answer?.count("failure_threshold"), answer?.seconds("recovery_timeout"))
        let attempts = answer?.count("max_recovery_attempts") ?? settings.maximumRecoveryAttempts
        let wanted = settings.recoveryTimeout.seconds
        if shown.0 == settings.failureThreshold, shown.1 == wanted, attempts == settings.maximumRecoveryAttempts {
            return nil
        }
        return .failed(
            .breaker(.settings),
            "the breaker works with other settings than it was given",
            expected:
                "threshold \(settings.failureThreshold), timeout \(wanted) s, \(settings.maximumRecoveryAttempts) attempts",
            got:
                "threshold \(shown.0.map(String.init) ?? "not shown"), timeout \(shown.1.map { "\($0) s" } ?? "not shown"), \(attempts) attempts"
        )
    }
}
