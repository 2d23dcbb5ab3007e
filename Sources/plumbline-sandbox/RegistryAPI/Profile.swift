/// How one generation of the registry API behaves, as data (contract §0.1). Handlers ask these values, never the name.
struct Profile: Sendable, Equatable {
    /// What plain `GET /health` does.
    enum Health: Sendable, Equatable {
        /// Checks every dependency; `unhealthyStatus` is the HTTP status of an unhealthy answer.
        case dependencies(unhealthyStatus: Int)
        /// Always `healthy`, no dependency touched.
        case constant
        /// Checks every dependency and rolls them up as the 67 tests were written to expect.
        case documented
    }

    /// What `GET /health/mlflow` answers while the breaker is open.
    enum OpenBreakerAnswer: Sendable, Equatable {
        /// 500 with state UNKNOWN: a date in the body cannot be serialised on that path (contract §2.2).
        case serializationError
        case serviceUnavailable
    }

    /// The body of `GET /api/health/mlflow` (contract §2.5).
    enum MLflowHealth: Sendable, Equatable {
        case threeChecks
        case oneCall
    }

    /// What failures of the auth service become (contract §4.3).
    enum AuthFailure: Sendable, Equatable {
        case alwaysUnauthorized
        case serviceUnavailable
    }

    /// Who may use the registry paths (contract §4.4).
    enum RegistryRule: Sendable, Equatable {
        case anyValidKey
        case writeScopeToWrite
        case admin
    }

    /// How a call is billed (contract §4.4).
    enum Billing: Sendable, Equatable {
        case afterwards
        case debitFirst
    }

    var name: ProfileName
    var keyFreePrefixes: [String]
    /// Resetting the breaker needs a key, although its path begins like a key-free one.
    var resetNeedsKey: Bool
    var passesPreflight: Bool
    var filtersScanners: Bool
    var servesRoot: Bool
    var servesLoadBalancerHealth: Bool
    var health: Health
    /// Whether detailed mode works at all; false is the 500 of contract §2.2.
    var detailWorks: Bool
    /// One worker process: a blocking call stalls every other request (contract §5.6).
    var blocksWorker: Bool
    var reportsNameResolution: Bool
    /// Redis is wired into the health check and the key cache.
    var usesRedis: Bool
    var reportsModel30: Bool
    var readinessProbes: Int
    /// Attempts of one probe (contract §5.5).
    var probeAttempts: Int
    /// Whether an attempt that timed out is followed by another one.
    var retriesTimedOutProbes: Bool
    /// Seconds before the second attempt of a probe; doubles.
    var probeRetryPause: Double
    var openBreakerAnswer: OpenBreakerAnswer
    /// The breaker before the environment has its say.
    var breaker: BreakerPolicy
    /// A status answer carries the breaker as it was before the answer's own probe (contract §5.4-2).
    var statusLags: Bool
    var exposesMaximumRecoveryAttempts: Bool
    /// Failure gauge and response time histogram carry values.
    var metricsObserve: Bool
    var mlflowHealth: MLflowHealth
    var authFailure: AuthFailure
    var registryRule: RegistryRule
    var billing: Billing
    var keyCacheSeconds: Int
    /// Request headers the proxy does not forward, in lower case.
    var proxyDrops: Set<String>
    var proxyMounts: [ProxyMount]
    var proxyKeepsDeleteBodies: Bool
    var proxyKeepsRepeatedParameters: Bool
    /// `MLFLOW_TRACKING_URI` wins over `MLFLOW_SERVER_URL` for the proxy.
    var trackingURIWins: Bool
    var modelPrefixes: [String]
    /// The MLflow gateway asks for an admin key.
    var gatewayAsksForKey: Bool
    var reportsUptime: Bool
}

enum ProfileName: String, Sendable, CaseIterable {
    case baseline = "A"
    case middle = "M"
    case current = "B"
    case fixed
}

/// One place where the API forwards to MLflow (contract §3.1).
struct ProxyMount: Sendable, Equatable {
    var prefix: String
    /// Put before the rest of the path on the way to MLflow.
    var upstreamPrefix = ""
}
