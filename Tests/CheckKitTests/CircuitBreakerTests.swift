import CheckKit
import Formats
import Testing

@Suite struct CircuitBreakerTests {
    /// A row of the transition table of contract §5.2: the events that lead to the row's state, the event, what follows.
    struct Transition: Sendable, CustomTestStringConvertible {
        enum Event: Sendable { case ask, success, failure, reset, wait(Duration) }

        var name: String
        var settings: CircuitBreakerSettings
        var before: [Event]
        var event: Event
        var state: CircuitBreaker.State
        var failures: Int
        var successes: Int
        var attempts: Int
        var isBlocked: Bool?
        var testDescription: String { name }

        init(
            _ name: String, _ settings: CircuitBreakerSettings = short, before: [Event], event: Event,
            _ state: CircuitBreaker.State, F failures: Int, S successes: Int, A attempts: Int, blocked: Bool? = nil
        ) {
            self.name = name
            self.settings = settings
            self.before = before
            self.event = event
            self.state = state
            self.failures = failures
            self.successes = successes
            self.attempts = attempts
            self.isBlocked = blocked
        }

        static let short = CircuitBreakerSettings.asBuilt(
            failureThreshold: 2, recoveryTimeout: .seconds(10), maximumRecoveryAttempts: 2)
        static let grows = CircuitBreakerSettings.asDocumented(
            failureThreshold: 1, recoveryTimeout: .seconds(5), maximumRecoveryAttempts: 1)
        static let open: [Event] = [.failure, .failure]
        static let halfOpen: [Event] = open + [.wait(.seconds(11)), .ask]
        static let exhausted: [Event] =
            halfOpen + [.failure, .wait(.seconds(11)), .ask, .failure, .wait(.seconds(11))]
    }

    static let table: [Transition] = [
        .init("closed, asked", before: [], event: .ask, .closed, F: 0, S: 0, A: 0, blocked: false),
        .init("closed, success counts", before: [], event: .success, .closed, F: 0, S: 1, A: 0),
        .init("closed, success takes one failure back", before: [.failure], event: .success, .closed, F: 0, S: 1, A: 0),
        .init("closed, failure below the threshold", before: [], event: .failure, .closed, F: 1, S: 0, A: 0),
        .init(
            "closed, failure ends the row of successes", before: [.success, .success], event: .failure, .closed, F: 1,
            S: 0, A: 0),
        .init("closed, failure at the threshold opens", before: [.failure], event: .failure, .open, F: 2, S: 0, A: 0),
        .init(
            "open, asked too early", before: Transition.open + [.wait(.seconds(10))], event: .ask, .open, F: 2, S: 0,
            A: 0, blocked: true),
        .init(
            "open, asked after the wait", before: Transition.open + [.wait(.milliseconds(10_001))], event: .ask,
            .halfOpen, F: 2, S: 0, A: 1, blocked: false),
        .init(
            "open, asked with the attempts used up", before: Transition.exhausted, event: .ask, .halfOpen, F: 4, S: 0,
            A: 2, blocked: false),
        .init("open, success only counts", before: Transition.open, event: .success, .open, F: 2, S: 1, A: 0),
        .init(
            "open, failure prolongs the blocking",
            before: Transition.open + [.wait(.seconds(9)), .failure, .wait(.seconds(9))], event: .ask, .open, F: 3,
            S: 0, A: 0, blocked: true),
        .init(
            "half-open, first success stays", before: Transition.halfOpen, event: .success, .halfOpen, F: 2, S: 1, A: 1),
        .init(
            "half-open, second success closes and keeps S", before: Transition.halfOpen + [.success], event: .success,
            .closed, F: 0, S: 2, A: 0),
        .init(
            "half-open, a success counted while open helps to close",
            before: Transition.open + [.success, .wait(.seconds(11)), .ask], event: .success, .closed, F: 0, S: 2, A: 0),
        .init("half-open, failure opens", before: Transition.halfOpen, event: .failure, .open, F: 3, S: 0, A: 1),
        .init(
            "half-open, asked lets everyone through", before: Transition.halfOpen, event: .ask, .halfOpen, F: 2, S: 0,
            A: 1, blocked: false),
        .init("reset from closed", before: [.failure, .success], event: .reset, .closed, F: 0, S: 0, A: 0),
        .init("reset from open", before: Transition.open, event: .reset, .closed, F: 0, S: 0, A: 0),
        .init(
            "reset from half-open", before: Transition.halfOpen + [.success], event: .reset, .closed, F: 0, S: 0, A: 0),
        .init(
            "documented: first wait is the timeout", Transition.grows, before: [.failure, .wait(.milliseconds(5001))],
            event: .ask, .halfOpen, F: 1, S: 0, A: 1, blocked: false),
        .init(
            "documented: second wait is twice as long", Transition.grows,
            before: [.failure, .wait(.milliseconds(5001)), .ask, .failure, .wait(.seconds(10))], event: .ask, .open,
            F: 2, S: 0, A: 1, blocked: true),
        .init(
            "documented: after the second wait it tries again", Transition.grows,
            before: [.failure, .wait(.milliseconds(5001)), .ask, .failure, .wait(.milliseconds(10_001))], event: .ask,
            .halfOpen, F: 2, S: 0, A: 2, blocked: false),
        .init(
            "threshold 0 taken literally opens on the first failure", .asBuilt(failureThreshold: 0), before: [],
            event: .failure, .open, F: 1, S: 0, A: 0),
        .init(
            "timeout 0 taken literally retries at once", .asBuilt(failureThreshold: 1, recoveryTimeout: .zero),
            before: [.failure, .wait(.milliseconds(1))], event: .ask, .halfOpen, F: 1, S: 0, A: 1, blocked: false),
    ]

    @Test("every transition leads where the contract says", arguments: table)
    func transition(row: Transition) {
        var breaker = CircuitBreaker(settings: row.settings)
        var now = Duration.zero
        var isBlocked: Bool?
        for event in row.before + [row.event] {
            switch event {
            case .ask: isBlocked = breaker.isBlocking(at: now)
            case .success: breaker.recordSuccess(at: now)
            case .failure: breaker.recordFailure(at: now)
            case .reset: breaker.reset()
            case .wait(let duration): now += duration
            }
        }
        #expect(breaker.state == row.state)
        #expect(breaker.failureCount == row.failures)
        #expect(breaker.consecutiveSuccesses == row.successes)
        #expect(breaker.recoveryAttempts == row.attempts)
        if let expected = row.isBlocked { #expect(isBlocked == expected) }
    }

    @Test func `a reset keeps the time of the last success and forgets the last failure`() {
        var breaker = CircuitBreaker(settings: .asBuilt(failureThreshold: 1))
        breaker.recordSuccess(at: .seconds(3))
        breaker.recordFailure(at: .seconds(4))
        breaker.reset()
        #expect(breaker.lastSuccess == .seconds(3))
        #expect(breaker.lastFailure == nil)
        #expect(breaker.status(at: .seconds(9)).timeSinceLastFailure == nil)
    }

    @Test func `time until retry counts down while open and is zero otherwise`() {
        var breaker = CircuitBreaker(settings: .asBuilt(failureThreshold: 1, recoveryTimeout: .seconds(10)))
        #expect(breaker.status(at: .zero).timeUntilRetry == .zero)
        breaker.recordFailure(at: .seconds(100))
        #expect(breaker.status(at: .seconds(103)).timeUntilRetry == .seconds(7))
        #expect(breaker.status(at: .seconds(103)).timeSinceLastFailure == .seconds(3))
        #expect(breaker.status(at: .seconds(120)).timeUntilRetry == .zero)
    }

    @Test func `the documented waits are 5, 10, 20 seconds and the built ones never grow`() {
        let documented = CircuitBreakerSettings.asDocumented(recoveryTimeout: .seconds(5), maximumRecoveryAttempts: 1)
        let built = CircuitBreakerSettings.asBuilt(recoveryTimeout: .seconds(5), maximumRecoveryAttempts: 1)
        #expect((0..<3).map { documented.wait(afterAttempts: $0) } == [.seconds(5), .seconds(10), .seconds(20)])
        #expect((0..<3).map { built.wait(afterAttempts: $0) } == [.seconds(5), .seconds(5), .seconds(5)])
        #expect(documented.wait(afterAttempts: .max) == .seconds(5 * 1024))
    }
}

@Suite struct BreakerTraceTests {
    static let settings = CircuitBreakerSettings.asBuilt(failureThreshold: 2, recoveryTimeout: .seconds(1))
    static let script: [BreakerEvent] = [
        .reset, .dependencyFails, .probe, .probe, .probe, .dependencyRecovers, .wait(.milliseconds(1100)), .probe,
        .probe,
    ]

    @Test func `a script drives the reference breaker through open and half-open back to closed`() {
        let states = BreakerSimulation.trace(of: Self.script, settings: Self.settings).steps.map(\.after?.state)
        #expect(
            states == [.closed, .closed, .closed, .open, .open, .open, .open, .halfOpen, .closed])
    }

    @Test func `a probe that is blocked says nothing about the connection`() {
        let steps = BreakerSimulation.trace(of: Self.script, settings: Self.settings).steps
        #expect(steps[3].after?.isConnected == false)
        #expect(steps[4].after?.isConnected == nil)
        #expect(steps[7].after?.isConnected == true)
    }

    @Test func `the first step in which two traces part is found and marked`() {
        let model = BreakerSimulation.trace(of: Self.script, settings: Self.settings)
        var other = Self.settings
        other.failureThreshold = 3
        let live = BreakerSimulation.trace(of: Self.script, settings: other)
        #expect(live.firstDivergence(from: model) == 3)
        let text = live.comparison(with: model)
        #expect(text.split(separator: "\n")[4].hasPrefix("-->"))
        #expect(text.hasSuffix("first divergence: step 4\n"))
        #expect(model.firstDivergence(from: model) == nil)
    }

    @Test func `fields that the subject hides do not count as a divergence`() {
        let model = BreakerSimulation.trace(of: Self.script, settings: Self.settings)
        let hidden = BreakerTrace(
            steps: model.steps.map {
                BreakerTrace.Step($0.event, after: BreakerObservation(state: $0.after?.state))
            })
        #expect(hidden.firstDivergence(from: model) == nil)
    }

    @Test func `a trace that ends early parts where it ends`() {
        let model = BreakerSimulation.trace(of: Self.script, settings: Self.settings)
        #expect(BreakerTrace(steps: Array(model.steps.prefix(5))).firstDivergence(from: model) == 5)
    }
}
