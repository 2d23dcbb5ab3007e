/// How the circuit breaker departs from the contract (§5).
public enum BreakerDefect: String, CaseIterable, Sendable, Codable {
    /// The wait between trials stays the same.
    case constantBackOff = "constant-back-off"
    /// It stopped trying.
    case stopsTrying = "stops-trying"
    case doesNotOpen = "does-not-open"
    /// It opens at another number of failures.
    case threshold
    /// Its states are not those of the reference.
    case states
    /// Its status lacks fields or has wrong ones.
    case status
    case reset
    /// It works with other settings than it was given.
    case settings
}
