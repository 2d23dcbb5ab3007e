/// What the caller chooses about a stack.
struct StackOptions: Sendable, Codable, Equatable {
    /// Behaviour profile of the services: `B`, `fixed`, `A` or `M` (contract §0.1).
    var profile = "B"
    /// Switches of single defects, as the registry API knows them.
    var defects: [String] = []
    /// Short, so that a test sees the breaker's whole life in seconds; the original's defaults are 5 and 60 s (§5.1).
    var breakerThreshold = 5
    var breakerRecoverySeconds = 2
    /// Seconds between the attempts of one failing probe of MLflow or the database; the deployment waits 1 s and 2 s
    /// (contract §5.5, §8.2).
    var probePauseSeconds = 0.1
    /// Seconds that the API waits for one answer of MLflow, the database and the auth service; nil for its own 5, 10 and 5 s.
    var probeLimitSeconds: Double?
    /// The environment's name, the suffix of every AWS resource (contract §9).
    var environmentName = "sandbox"
    /// Whether the configuration names the example suites, which fail in every way there is.
    var hasSuites = false
    /// Whether the load balancer, PostgreSQL and Redis are served with certificates of an authority of the stack's own.
    var hasTLS = false
    /// Seconds the API remembers a key's verdict; the deployment's 60 or 300 (contract §4.3) would make a test of it minutes.
    var keyCacheSeconds = 5
}
