/// The reference circuit breaker: the state machine of contract §5.2 as a value.
///
/// Time is handed in as a duration since an arbitrary zero, so that the same value serves tests, scripts and predictions.
/// The machine is lazy: an open breaker becomes half-open only when somebody asks.
public struct CircuitBreaker: Hashable, Sendable {
    /// The state's word on the wire.
    public enum State: String, CaseIterable, Sendable, Codable {
        case closed = "CLOSED"
        case halfOpen = "HALF_OPEN"
        case open = "OPEN"

        /// The value of the gauge `mlflow_circuit_breaker_state` (contract §2.6).
        var gauge: Int {
            switch self {
            case .closed: 0
            case .halfOpen: 1
            case .open: 2
            }
        }

        public init?(gauge: Int) {
            guard let state = State.allCases.first(where: { $0.gauge == gauge }) else { return nil }
            self = state
        }
    }

    public let settings: CircuitBreakerSettings
    public private(set) var state = State.closed
    public private(set) var failureCount = 0
    public private(set) var consecutiveSuccesses = 0
    public private(set) var recoveryAttempts = 0
    public private(set) var lastFailure: Duration?
    public private(set) var lastSuccess: Duration?

    /// A closed breaker. The deployed one counts its own start as its last success (contract §5.3).
    public init(settings: CircuitBreakerSettings, startedAt start: Duration = .zero) {
        self.settings = settings
        self.lastSuccess = start
    }

    /// Asks for leave to call the dependency; true means blocked. An open breaker whose wait is over becomes half-open.
    public mutating func isBlocking(at now: Duration) -> Bool {
        guard state == .open else { return false }
        guard let lastFailure, now - lastFailure > currentWait else { return true }
        state = .halfOpen
        if settings.backOff == .doublesAfterAttempts || recoveryAttempts < settings.maximumRecoveryAttempts {
            recoveryAttempts += 1
        }
        return false
    }

    public mutating func recordSuccess(at now: Duration) {
        consecutiveSuccesses += 1
        lastSuccess = now
        switch state {
        case .closed: failureCount = max(0, failureCount - 1)
        case .open: break
        case .halfOpen:
            guard consecutiveSuccesses >= settings.successesToClose else { return }
            state = .closed
            failureCount = 0
            recoveryAttempts = 0
        }
    }

    public mutating func recordFailure(at now: Duration) {
        failureCount += 1
        lastFailure = now
        switch state {
        case .closed:
            consecutiveSuccesses = 0
            if failureCount >= settings.failureThreshold { state = .open }
        case .halfOpen:
            consecutiveSuccesses = 0
            state = .open
        case .open: break
        }
    }

    /// The manual reset. The time of the last success is kept.
    public mutating func reset() {
        state = .closed
        failureCount = 0
        consecutiveSuccesses = 0
        recoveryAttempts = 0
        lastFailure = nil
    }

    /// How long an open breaker blocks, counted from its last failure.
    var currentWait: Duration { settings.wait(afterAttempts: recoveryAttempts) }

    /// What the breaker tells of itself (contract §5.3).
    public func status(at now: Duration) -> CircuitBreakerStatus {
        let sinceFailure = lastFailure.map { now - $0 }
        return CircuitBreakerStatus(
            state: state, failureCount: failureCount, consecutiveSuccesses: consecutiveSuccesses,
            recoveryAttempts: recoveryAttempts, timeSinceLastFailure: sinceFailure,
            timeUntilRetry: state == .open ? max(.zero, currentWait - (sinceFailure ?? .zero)) : .zero,
            failureThreshold: settings.failureThreshold, recoveryTimeout: settings.recoveryTimeout)
    }
}

/// What a breaker tells of itself, without the moments that no two machines share.
public struct CircuitBreakerStatus: Hashable, Sendable {
    public var state: CircuitBreaker.State
    public var failureCount: Int
    public var consecutiveSuccesses: Int
    public var recoveryAttempts: Int
    public var timeSinceLastFailure: Duration?
    /// Greater than zero only while the breaker is open.
    public var timeUntilRetry: Duration
    public var failureThreshold: Int
    public var recoveryTimeout: Duration

    public init(
        state: CircuitBreaker.State, failureCount: Int, consecutiveSuccesses: Int, recoveryAttempts: Int,
        timeSinceLastFailure: Duration?, timeUntilRetry: Duration, failureThreshold: Int, recoveryTimeout: Duration
    ) {
        self.state = state
        self.failureCount = failureCount
        self.consecutiveSuccesses = consecutiveSuccesses
        self.recoveryAttempts = recoveryAttempts
        self.timeSinceLastFailure = timeSinceLastFailure
        self.timeUntilRetry = timeUntilRetry
        self.failureThreshold = failureThreshold
        self.recoveryTimeout = recoveryTimeout
    }
}
