/// The parameters of a breaker, and the points in which the built machine and the documented one differ.
public struct CircuitBreakerSettings: Hashable, Sendable {
    /// How long an open breaker waits before it lets a trial through.
    public enum BackOff: String, Sendable, Codable {
        /// Always the recovery timeout: what is built (contract §5.4.1).
        case constant
        /// Twice as long for each trial once the recovery attempts are used up: what is documented.
        case doublesAfterAttempts
    }

    public var failureThreshold: Int
    public var recoveryTimeout: Duration
    public var maximumRecoveryAttempts: Int
    /// Successes in a row that close a half-open breaker: a constant of the system (contract §5.1).
    public var successesToClose = 2
    public var backOff: BackOff
    /// The status of `GET /health/mlflow` while the breaker is open: 500 as built, 503 as documented (contract §2.2).
    public var answerWhenOpen: Int
    /// Whether a status answer carries what was true before its own probe (contract §5.4.2).
    public var statusLagsOneProbe: Bool

    /// The machine as it is built; the defaults are those in effect, not those of the settings file (contract §5.1).
    public static func asBuilt(
        failureThreshold: Int = 5, recoveryTimeout: Duration = .seconds(60), maximumRecoveryAttempts: Int = 5
    ) -> CircuitBreakerSettings {
        CircuitBreakerSettings(
            failureThreshold: failureThreshold, recoveryTimeout: recoveryTimeout,
            maximumRecoveryAttempts: maximumRecoveryAttempts, backOff: .constant, answerWhenOpen: 500,
            statusLagsOneProbe: true)
    }

    /// The machine as documented: the back-off grows, an open breaker answers 503, a status is the present one.
    public static func asDocumented(
        failureThreshold: Int = 3, recoveryTimeout: Duration = .seconds(30), maximumRecoveryAttempts: Int = 3
    ) -> CircuitBreakerSettings {
        CircuitBreakerSettings(
            failureThreshold: failureThreshold, recoveryTimeout: recoveryTimeout,
            maximumRecoveryAttempts: maximumRecoveryAttempts, backOff: .doublesAfterAttempts, answerWhenOpen: 503,
            statusLagsOneProbe: false)
    }

    /// How long an open breaker waits that has tried to recover `attempts` times.
    ///
    /// Documented: the timeout while attempts remain, then 2, 4, 8 … times the timeout. With a timeout of 5 s and one
    /// attempt allowed that is 5, 10, 20 s. The factor stops at 1024.
    public func wait(afterAttempts attempts: Int) -> Duration {
        switch backOff {
        case .constant: return recoveryTimeout
        case .doublesAfterAttempts:
            let exponent = min(10, max(0, attempts - maximumRecoveryAttempts + 1))
            return recoveryTimeout * (1 << exponent)
        }
    }
}
