import Foundation

/// The circuit breaker in front of MLflow as a pure value: every event carries its moment, in seconds since 1970
/// (contract §5.2). Open turns into half-open only when asked.
struct MLflowBreaker: Sendable, Equatable {
    enum State: String, Sendable {
        case closed = "CLOSED"
        case halfOpen = "HALF_OPEN"
        case open = "OPEN"

        /// The value of the gauge in `/metrics` (contract §2.6).
        var gauge: Double {
            switch self {
            case .closed: 0
            case .halfOpen: 1
            case .open: 2
            }
        }
    }

    let policy: BreakerPolicy
    private(set) var state = State.closed
    private(set) var failures = 0
    private(set) var consecutiveSuccesses = 0
    private(set) var recoveryAttempts = 0
    private(set) var lastFailure: Double?
    private(set) var lastSuccess: Double

    init(policy: BreakerPolicy, now: Double) {
        self.policy = policy
        lastSuccess = now
        if has(.startsOpen) { openAtStart(now) }
    }

    /// Whether a call must not go through. Asking an open breaker whose time is up makes it half-open.
    mutating func isBlocking(now: Double) -> Bool {
        guard state == .open else { return false }
        guard !has(.neverHalfOpen) else { return true }
        let waited = now - (lastFailure ?? now)
        guard waited > currentWait || has(.halfOpensWithoutWaiting) else { return true }
        if has(.givesUpAfterMaximum), recoveryAttempts >= policy.maximumRecoveryAttempts { return true }
        let counts = policy.backOff == .growing || recoveryAttempts < policy.maximumRecoveryAttempts
        if counts, !has(.attemptsNotCounted) { recoveryAttempts += 1 }
        state = .halfOpen
        return false
    }

    mutating func recordSuccess(now: Double) {
        lastSuccess = now
        consecutiveSuccesses += 1
        switch state {
        case .closed:
            if !has(.successDoesNotLowerFailures) { failures = max(0, failures - 1) }
        case .open: break
        case .halfOpen:
            let needed = has(.firstSuccessCloses) ? 1 : policy.successesToClose
            guard consecutiveSuccesses >= needed, !has(.halfOpenSuccessDoesNotClose) else { return }
            state = .closed
            failures = 0
            recoveryAttempts = 0
        }
    }

    mutating func recordFailure(now: Double) {
        if !has(.failuresNotCounted) { failures += 1 }
        lastFailure = now
        // A failure while open leaves the successes alone: they can be pre-loaded (contract §5.2).
        if state != .open, !has(.failureKeepsSuccesses) { consecutiveSuccesses = 0 }
        switch state {
        case .closed:
            let threshold = policy.failureThreshold + (has(.opensOneFailureLate) ? 1 : 0)
            if failures >= threshold, !has(.neverOpens) { state = .open }
        case .open: break
        case .halfOpen:
            if !has(.halfOpenFailureStays) { state = .open }
        }
    }

    /// The manual reset: closed, every counter zero, the last success kept.
    mutating func reset(now: Double) {
        guard !has(.resetDoesNothing) else { return }
        state = .closed
        if has(.startsOpen) { return openAtStart(now) }
        guard !has(.resetKeepsCounters) else { return }
        failures = 0
        consecutiveSuccesses = 0
        recoveryAttempts = 0
        lastFailure = nil
    }

    /// Seconds the breaker stays open after a failure.
    var currentWait: Double {
        guard policy.backOff == .growing, recoveryAttempts >= policy.maximumRecoveryAttempts else {
            return policy.recoveryTimeout
        }
        // Documented: 2, 4, 8 … times the timeout once no attempt is left. Beyond 2^10 it is longer than any run.
        let exponent = min(recoveryAttempts - policy.maximumRecoveryAttempts + 1, 10)
        return policy.recoveryTimeout * pow(2, Double(exponent))
    }

    private mutating func openAtStart(_ now: Double) {
        state = .open
        failures = max(1, policy.failureThreshold)
        consecutiveSuccesses = 0
        lastFailure = now
    }

    func has(_ flaw: BreakerFlaw) -> Bool { policy.flaws.contains(flaw) }
}

extension MLflowBreaker {
    mutating func record(success: Bool, now: Double) {
        if success { recordSuccess(now: now) } else { recordFailure(now: now) }
    }
}
