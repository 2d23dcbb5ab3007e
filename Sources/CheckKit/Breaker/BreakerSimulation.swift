import Formats

/// The reference breaker with a dependency and a clock of its own: it lives through scripts in no time.
public struct BreakerSimulation: Sendable {
    private(set) var breaker: CircuitBreaker
    private(set) var now: Duration = .zero
    private(set) var dependencyAnswers = true
    /// How long a probe takes that the dependency does not answer: 3 s as built, three tries with 1 s and 2 s between
    /// (contract §5.5). The failure is recorded at its end.
    let failingProbeDuration: Duration

    public init(settings: CircuitBreakerSettings, failingProbeDuration: Duration = .zero) {
        self.breaker = CircuitBreaker(settings: settings)
        self.failingProbeDuration = failingProbeDuration
    }

    /// Lives through one event and says what the breaker is afterwards.
    @discardableResult
    mutating func apply(_ event: BreakerEvent) -> BreakerObservation {
        var isConnected: Bool?
        var isBlocked: Bool?
        switch event {
        case .dependencyFails: dependencyAnswers = false
        case .dependencyRecovers: dependencyAnswers = true
        case .wait(let duration): now += duration
        case .reset: breaker.reset()
        case .probe:
            // Between two probes some time passes always: a timeout of zero must be over by then.
            now += .milliseconds(1)
            isBlocked = breaker.isBlocking(at: now)
            if isBlocked == true { break }
            isConnected = dependencyAnswers
            if dependencyAnswers {
                breaker.recordSuccess(at: now)
            } else {
                now += failingProbeDuration
                breaker.recordFailure(at: now)
            }
        }
        return BreakerObservation(breaker.status(at: now), isConnected: isConnected, isBlocked: isBlocked)
    }

    /// Lives through a whole script.
    public static func trace(of script: [BreakerEvent], settings: CircuitBreakerSettings) -> BreakerTrace {
        var simulation = BreakerSimulation(settings: settings)
        return BreakerTrace(steps: script.map { BreakerTrace.Step($0, after: simulation.apply($0)) })
    }
}
