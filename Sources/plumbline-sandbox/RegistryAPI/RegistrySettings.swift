/// What the registry API reads from its environment at start, by the contract's own names (contract §5.1, §8.2, §12-14).
struct RegistrySettings: Sendable {
    struct Invalid: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    struct Database: Sendable, Equatable {
        var host: String
        var port: Int
        var user: String
        var password: String
        var name: String
        var fallbackName: String
        /// Seconds.
        var connectTimeout: Double
        var attempts: Int
        /// Seconds before the second attempt; doubles.
        var retryDelay: Double
    }

    struct MLflow: Sendable, Equatable {
        /// What the probes and the model endpoints talk to.
        var trackingURI: String
        /// What the proxy forwards to.
        var proxyURL: String
        /// Bearer token of the probes; the gateway wants an admin's.
        var token: String?
        /// Seconds, for one request.
        var requestTimeout: Double
        var requestRetries: Int
        /// Seconds before the second attempt of a probe; doubles.
        var probeRetryPause: Double
        var servesArtifacts: Bool
        var experimentName: String
    }

    struct Auth: Sendable, Equatable {
        var serviceURL: String
        var serviceID: String
        /// Seconds; the original never uses its own setting (contract §4.3).
        var timeout: Double
        var adminEmails: Set<String>
        var adminScopes: Set<String>
    }

    var profile: Profile
    var defects: DefectSet
    var breaker: BreakerPolicy
    var database: Database
    var mlflow: MLflow
    var auth: Auth
    /// How long a verdict on a key is remembered.
    var keyCacheSeconds: Int
    /// `redis://[:password@]host:port/db`; nil when Redis is not enabled (contract §9.4).
    var redisURL: String?
    /// Where the message queue lives: Redis too, unless the sandbox gives it a path of its own to break it alone.
    var queueURL: String?
    var webhookURL: String?
    /// Seconds: the threshold of the slow-MLflow warning.
    var healthCheckTimeout: Double
    var environmentName: String
    var prewarmsModel30: Bool
    var scannerFilterEnabled: Bool
    /// Seconds a Redis operation may take (contract §12-14).
    var redisTimeout = 2.0
}
