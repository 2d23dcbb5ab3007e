import Formats

/// One thing that happens to a breaker in a script.
public enum BreakerEvent: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The dependency stops answering.
    case dependencyFails
    /// The dependency answers again.
    case dependencyRecovers
    /// Somebody reads the health of the dependency: the breaker is asked and, unless it blocks, the dependency is tried.
    case probe
    /// Nothing happens for this long.
    case wait(Duration)
    /// The manual reset.
    case reset

    public var description: String {
        switch self {
        case .dependencyFails: "dependency fails"
        case .dependencyRecovers: "dependency recovers"
        case .probe: "probe"
        case .wait(let duration): "wait \(duration.readable)"
        case .reset: "reset"
        }
    }
}

/// What was seen of the breaker in one step. A field that the subject hides is nil.
public struct BreakerObservation: Hashable, Sendable, Codable {
    public var state: CircuitBreaker.State?
    public var failureCount: Int?
    public var consecutiveSuccesses: Int?
    public var recoveryAttempts: Int?
    /// Whether the step's own probe reached the dependency; nil when the breaker blocked it or it is not known.
    public var isConnected: Bool?
    /// Whether the breaker let the step's own probe not through.
    public var isBlocked: Bool?

    public init(
        state: CircuitBreaker.State? = nil, failureCount: Int? = nil, consecutiveSuccesses: Int? = nil,
        recoveryAttempts: Int? = nil, isConnected: Bool? = nil, isBlocked: Bool? = nil
    ) {
        self.state = state
        self.failureCount = failureCount
        self.consecutiveSuccesses = consecutiveSuccesses
        self.recoveryAttempts = recoveryAttempts
        self.isConnected = isConnected
        self.isBlocked = isBlocked
    }

    public init(_ status: CircuitBreakerStatus, isConnected: Bool?, isBlocked: Bool?) {
        self.init(
            state: status.state, failureCount: status.failureCount,
            consecutiveSuccesses: status.consecutiveSuccesses, recoveryAttempts: status.recoveryAttempts,
            isConnected: isConnected, isBlocked: isBlocked)
    }

    /// Whether nothing that both know differs.
    public func agrees(with other: BreakerObservation) -> Bool {
        func same<Value: Equatable>(_ left: Value?, _ right: Value?) -> Bool {
            guard let left, let right else { return true }
            return left == right
        }
        return same(state, other.state) && same(failureCount, other.failureCount)
            && same(consecutiveSuccesses, other.consecutiveSuccesses)
            && same(recoveryAttempts, other.recoveryAttempts) && same(isConnected, other.isConnected)
            && same(isBlocked, other.isBlocked)
    }
}

extension BreakerObservation: CustomStringConvertible {
    /// `OPEN F=5 S=0 A=1`, with `?` for what the subject hides.
    public var description: String {
        func text(_ number: Int?) -> String { number.map(String.init) ?? "?" }
        let connection = isConnected.map { $0 ? " connected" : " not connected" } ?? ""
        return "\(state?.rawValue ?? "?") F=\(text(failureCount)) S=\(text(consecutiveSuccesses))"
            + " A=\(text(recoveryAttempts))\(connection)\(isBlocked == true ? " blocked" : "")"
    }
}
