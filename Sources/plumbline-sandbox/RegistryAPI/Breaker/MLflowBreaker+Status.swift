extension MLflowBreaker {
    /// The fields of contract §5.3, in the recorded order.
    func status(now: Double, exposesMaximum: Bool) -> JSONValue {
        var body: JSONValue = [
            "state": .string(state.rawValue),
            "failure_count": .integer(failures),
            "consecutive_successes": .integer(consecutiveSuccesses),
            "recovery_attempts": .integer(recoveryAttempts),
            "last_failure_time": .optional(shownLastFailure),
            "last_success_time": .number(lastSuccess),
            "time_since_last_failure": .optional(shownLastFailure.map { now - $0 }),
            "time_until_retry": timeUntilRetry(now: now),
            "failure_threshold": .integer(policy.failureThreshold),
            "recovery_timeout": Self.plain(policy.recoveryTimeout),
        ]
        if exposesMaximum {
            body["max_recovery_attempts"] = .integer(policy.maximumRecoveryAttempts)
            body["current_wait"] = Self.plain(currentWait)
        }
        return body
    }

    /// Above zero only while open; the integer 0 otherwise, as recorded.
    func timeUntilRetry(now: Double) -> JSONValue {
        guard state == .open, let lastFailure else { return 0 }
        if has(.timeUntilRetryNegative) { return .number(-currentWait) }
        return .number(max(0, currentWait - (now - lastFailure)))
    }

    private var shownLastFailure: Double? {
        lastFailure.map { has(.lastFailureInFuture) ? $0 + 3600 : $0 }
    }

    /// Whole numbers without a fraction, as they were configured.
    private static func plain(_ seconds: Double) -> JSONValue {
        Int(exactly: seconds).map(JSONValue.integer) ?? .number(seconds)
    }
}
