import Formats

/// A sequence of events with what must be seen of the breaker after some of them.
package struct BreakerScript: Sendable {
    package struct Step: Sendable {
        package var event: BreakerEvent
        /// Fields that are nil may be anything.
        var expected: BreakerObservation?

        package init(event: BreakerEvent, expected: BreakerObservation? = nil) {
            self.event = event
            self.expected = expected
        }
    }

    package private(set) var steps: [Step] = []

    /// Every script begins with a reset: what was before must not matter.
    package init() { steps = [Step(event: .reset)] }

    package var events: [BreakerEvent] { steps.map(\.event) }
    package var breaksDependency: Bool { events.contains(.dependencyFails) }

    /// The time spent waiting on purpose.
    package var waiting: Duration {
        events.reduce(.zero) { sum, event in if case .wait(let duration) = event { sum + duration } else { sum } }
    }

    package func fail() -> BreakerScript { adding(.dependencyFails) }
    package func recover() -> BreakerScript { adding(.dependencyRecovers) }
    package func reset() -> BreakerScript { adding(.reset) }
    func wait(_ duration: Duration) -> BreakerScript { adding(.wait(duration)) }

    /// A probe, and the breaker after it.
    package func probe(
        _ state: CircuitBreaker.State? = nil, failures: Int? = nil, successes: Int? = nil, attempts: Int? = nil,
        connected: Bool? = nil, blocked: Bool? = nil
    ) -> BreakerScript {
        adding(
            .probe,
            BreakerObservation(
                state: state, failureCount: failures, consecutiveSuccesses: successes, recoveryAttempts: attempts,
                isConnected: connected, isBlocked: blocked))
    }

    /// The failing probes that open a closed breaker with this threshold, counted one by one.
    package func open(threshold: Int) -> BreakerScript {
        let failures = max(1, threshold)
        return (1...failures).reduce(fail()) { script, count in
            script.probe(count == failures ? .open : .closed, failures: count, connected: false)
        }
    }

    /// Just longer than the recovery timeout, as one has to wait strictly more (contract §5.2).
    package func waitOut(_ timeout: Duration) -> BreakerScript { wait(timeout + .milliseconds(150)) }

    /// The first step whose observation is not as expected.
    package func firstMismatch(in trace: BreakerTrace) -> (
        step: Int, expected: BreakerObservation, got: BreakerObservation
    )? {
        for (index, (step, seen)) in zip(steps, trace.steps).enumerated() {
            if let expected = step.expected, let got = seen.after, !got.agrees(with: expected) {
                return (index, expected, got)
            }
        }
        return nil
    }

    /// Steps whose state had to be seen and was not.
    package func unseen(in trace: BreakerTrace) -> Int? {
        zip(steps, trace.steps).enumerated().first { _, pair in
            pair.0.expected?.state != nil && pair.1.after?.state == nil
        }?.offset
    }

    private func adding(_ event: BreakerEvent, _ expected: BreakerObservation? = nil) -> BreakerScript {
        var script = self
        script.steps.append(Step(event: event, expected: expected))
        return script
    }
}
