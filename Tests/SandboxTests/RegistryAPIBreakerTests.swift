import CheckKit
import Formats
import Testing

@testable import plumbline_sandbox

/// The breaker of the registry API, event by event.
@Suite struct RegistryAPIBreakerTests {
    enum Event: Sendable {
        case fail, succeed, ask, reset
        case wait(Double)
    }

    struct Script: Sendable, CustomTestStringConvertible {
        var name: String
        var policy: BreakerPolicy
        var events: [Event]
        var state: MLflowBreaker.State
        var failures: Int
        var successes: Int
        var attempts = 0

        var testDescription: String { name }
    }

    private static func policy(
        _ threshold: Int, _ timeout: Double, _ attempts: Int = 5, _ backOff: BreakerPolicy.BackOff = .constant
    ) -> BreakerPolicy {
        BreakerPolicy(
            failureThreshold: threshold, recoveryTimeout: timeout, maximumRecoveryAttempts: attempts, backOff: backOff)
    }

    static let scripts: [Script] = [
        Script(name: "new", policy: policy(3, 1), events: [], state: .closed, failures: 0, successes: 0),
        Script(
            name: "below the threshold", policy: policy(3, 1), events: [.fail, .fail], state: .closed, failures: 2,
            successes: 0),
        Script(
            name: "at the threshold", policy: policy(3, 1), events: [.fail, .fail, .fail], state: .open, failures: 3,
            successes: 0),
        Script(
            name: "a success lowers the count", policy: policy(3, 1), events: [.fail, .fail, .succeed], state: .closed,
            failures: 1, successes: 1),
        Script(
            name: "the wait is strict", policy: policy(1, 1), events: [.fail, .wait(1), .ask], state: .open,
            failures: 1, successes: 0),
        Script(
            name: "half-open after the wait", policy: policy(1, 1), events: [.fail, .wait(1.1), .ask],
            state: .halfOpen, failures: 1, successes: 0, attempts: 1),
        Script(
            name: "one success is not enough", policy: policy(1, 1), events: [.fail, .wait(1.1), .ask, .succeed],
            state: .halfOpen, failures: 1, successes: 1, attempts: 1),
        Script(
            name: "two close it", policy: policy(1, 1), events: [.fail, .wait(1.1), .ask, .succeed, .succeed],
            state: .closed, failures: 0, successes: 2),
        Script(
            name: "a failure opens it again", policy: policy(1, 1),
            events: [.fail, .wait(1.1), .ask, .succeed, .fail], state: .open, failures: 2, successes: 0, attempts: 1),
        Script(
            name: "successes while open are pre-loaded", policy: policy(1, 1),
            events: [.fail, .succeed, .wait(1.1), .ask, .succeed], state: .closed, failures: 0, successes: 2),
        Script(
            name: "constant back-off saturates", policy: policy(1, 1, 1),
            events: [.fail, .wait(1.1), .ask, .fail, .wait(1.1), .ask], state: .halfOpen, failures: 2, successes: 0,
            attempts: 1),
        Script(
            name: "growing back-off blocks after one timeout", policy: policy(1, 1, 1, .growing),
            events: [.fail, .wait(1.1), .ask, .fail, .wait(1.9), .ask], state: .open, failures: 2, successes: 0,
            attempts: 1),
        Script(
            name: "growing back-off lets through after two", policy: policy(1, 1, 1, .growing),
            events: [.fail, .wait(1.1), .ask, .fail, .wait(2.1), .ask], state: .halfOpen, failures: 2, successes: 0,
            attempts: 2),
        Script(
            name: "zero threshold", policy: policy(0, 1), events: [.fail], state: .open, failures: 1, successes: 0),
        Script(
            name: "zero timeout", policy: policy(1, 0), events: [.fail, .wait(0.001), .ask], state: .halfOpen,
            failures: 1, successes: 0, attempts: 1),
        Script(
            name: "reset", policy: policy(1, 60), events: [.fail, .reset], state: .closed, failures: 0, successes: 0),
    ]

    @Test("Each script ends in the state of the contract's table", arguments: scripts)
    func script(_ script: Script) {
        var breaker = MLflowBreaker(policy: script.policy, now: 100)
        var now = 100.0
        for event in script.events { Self.play(event, on: &breaker, &now) }
        #expect(breaker.state == script.state)
        #expect(breaker.failures == script.failures)
        #expect(breaker.consecutiveSuccesses == script.successes)
        #expect(breaker.recoveryAttempts == script.attempts)
    }

    @Test("Ten thousand random events keep it in step with the reference breaker", arguments: [false, true])
    func agreesWithReference(isDocumented: Bool) {
        let settings =
            isDocumented
            ? CircuitBreakerSettings.asDocumented(
                failureThreshold: 3, recoveryTimeout: .seconds(2), maximumRecoveryAttempts: 2)
            : .asBuilt(failureThreshold: 3, recoveryTimeout: .seconds(2), maximumRecoveryAttempts: 2)
        var reference = CircuitBreaker(settings: settings)
        var breaker = MLflowBreaker(policy: Self.policy(3, 2, 2, isDocumented ? .growing : .constant), now: 0)
        var random: UInt64 = 42
        var milliseconds = 0
        for step in 0..<10_000 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let now = Double(milliseconds) / 1000
            let moment = Duration.milliseconds(milliseconds)
            switch (random >> 33) % 12 {
            case 0..<4:
                breaker.recordFailure(now: now)
                reference.recordFailure(at: moment)
            case 4..<6:
                breaker.recordSuccess(now: now)
                reference.recordSuccess(at: moment)
            case 6..<8: #expect(breaker.isBlocking(now: now) == reference.isBlocking(at: moment))
            case 8 where step.isMultiple(of: 7):
                breaker.reset(now: now)
                reference.reset()
            // Odd steps keep away from the exact border, where the two notions of time round apart.
            default: milliseconds += Int((random >> 40) % 1500) * 2 + 1
            }
            #expect(breaker.state.rawValue == reference.state.rawValue, "step \(step)")
            #expect(breaker.failures == reference.failureCount, "step \(step)")
            #expect(breaker.consecutiveSuccesses == reference.consecutiveSuccesses, "step \(step)")
            #expect(breaker.recoveryAttempts == reference.recoveryAttempts, "step \(step)")
            guard breaker.state.rawValue == reference.state.rawValue else { return }
        }
    }

    @Test("The status has the contract's fields, and the maximum only where it is exposed")
    func status() {
        var breaker = MLflowBreaker(policy: Self.policy(1, 10), now: 100)
        breaker.recordFailure(now: 101)
        let body = breaker.status(now: 104, exposesMaximum: false)
        #expect(
            body.members?.map(\.name) == [
                "state", "failure_count", "consecutive_successes", "recovery_attempts", "last_failure_time",
                "last_success_time", "time_since_last_failure", "time_until_retry", "failure_threshold",
                "recovery_timeout",
            ])
        #expect(body["time_until_retry"]?.number == 7)
        #expect(body["time_since_last_failure"]?.number == 3)
        #expect(body["recovery_timeout"] == 10)
        #expect(breaker.status(now: 104, exposesMaximum: true)["max_recovery_attempts"] == 5)
    }

    private static func play(_ event: Event, on breaker: inout MLflowBreaker, _ now: inout Double) {
        switch event {
        case .fail: breaker.recordFailure(now: now)
        case .succeed: breaker.recordSuccess(now: now)
        case .ask: _ = breaker.isBlocking(now: now)
        case .reset: breaker.reset(now: now)
        case .wait(let seconds): now += seconds
        }
    }
}
