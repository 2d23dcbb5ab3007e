/// The numbers a breaker works by (contract §5.1), and how it is broken on purpose.
struct BreakerPolicy: Sendable, Equatable {
    /// How long the breaker stays open once the recovery attempts are used up.
    enum BackOff: Sendable, Equatable {
        /// Always the recovery timeout: what was built (contract §5.4-1).
        case constant
        /// Twice as long after each further attempt: what was documented.
        case growing
    }

    var failureThreshold: Int
    /// Seconds.
    var recoveryTimeout: Double
    var maximumRecoveryAttempts: Int
    var successesToClose = 2
    var backOff = BackOff.constant
    /// Properties switched off one by one.
    var flaws: Set<BreakerFlaw> = []

    /// The defaults in effect in the deployed builds (contract §5.1).
    static let asBuilt = BreakerPolicy(failureThreshold: 5, recoveryTimeout: 60, maximumRecoveryAttempts: 5)

    /// The defaults that documents and settings name (contract §5.1), with the back-off they describe.
    static let asDocumented = BreakerPolicy(
        failureThreshold: 3, recoveryTimeout: 30, maximumRecoveryAttempts: 3, backOff: .growing)
}

/// One broken property of the breaker; a defect switch turns it on.
enum BreakerFlaw: Sendable, Hashable {
    case startsOpen
    case neverOpens
    case opensOneFailureLate
    case failuresNotCounted
    case successDoesNotLowerFailures
    case neverHalfOpen
    case halfOpensWithoutWaiting
    case halfOpenSuccessDoesNotClose
    case firstSuccessCloses
    case halfOpenFailureStays
    case failureKeepsSuccesses
    case attemptsNotCounted
    case givesUpAfterMaximum
    case resetDoesNothing
    case resetKeepsCounters
    case timeUntilRetryNegative
    case lastFailureInFuture
}
