extension Profile {
    static func named(_ name: ProfileName) -> Profile {
        switch name {
        case .baseline: baseline
        case .middle: middle
        case .current: current
        case .fixed: fixed
        }
    }

    /// August 2025, the state the original campaign met (contract §0.1).
    static let baseline = Profile(
        name: .baseline,
        keyFreePrefixes: ["/health", "/docs", "/openapi.json", "/redoc", "/favicon.ico"],
        resetNeedsKey: false, passesPreflight: false, filtersScanners: false, servesRoot: false,
        servesLoadBalancerHealth: false,
        health: .dependencies(unhealthyStatus: 200), detailWorks: false, blocksWorker: true,
        reportsNameResolution: false, usesRedis: false, reportsModel30: false, readinessProbes: 2, probeAttempts: 3,
        retriesTimedOutProbes: true, probeRetryPause: 1,
        openBreakerAnswer: .serializationError, breaker: .asBuilt, statusLags: true,
        exposesMaximumRecoveryAttempts: false,
        metricsObserve: false, mlflowHealth: .threeChecks, authFailure: .alwaysUnauthorized,
        registryRule: .anyValidKey, billing: .afterwards, keyCacheSeconds: 300,
        proxyDrops: ["authorization", "x-api-key", "host", "content-length"],
        proxyMounts: [ProxyMount(prefix: "/mlflow"), ProxyMount(prefix: "/api/mlflow")],
        proxyKeepsDeleteBodies: false, proxyKeepsRepeatedParameters: false, trackingURIWins: false,
        modelPrefixes: ["/models"], gatewayAsksForKey: false, reportsUptime: false)

    /// Between August 2025 and April 2026: the probes need no key, Redis is wired, unhealthy is 503.
    static let middle: Profile = {
        var profile = baseline
        profile.name = .middle
        profile.keyFreePrefixes += ["/ready", "/live", "/version", "/metrics", "/api/health/mlflow"]
        profile.passesPreflight = true
        profile.servesRoot = true
        profile.servesLoadBalancerHealth = true
        profile.health = .dependencies(unhealthyStatus: 503)
        profile.reportsNameResolution = true
        profile.usesRedis = true
        profile.registryRule = .writeScopeToWrite
        profile.proxyDrops = ["host", "content-length"]
        profile.proxyMounts.append(ProxyMount(prefix: "/api/2.0/mlflow"))
        return profile
    }()

    /// Since April 2026: constant health, admin keys for the registry, 503 when auth is down.
    static let current: Profile = {
        var profile = middle
        profile.name = .current
        profile.keyFreePrefixes.append("/api/v1/dspy/health")
        profile.filtersScanners = true
        profile.health = .constant
        profile.reportsModel30 = true
        profile.mlflowHealth = .oneCall
        profile.authFailure = .serviceUnavailable
        profile.registryRule = .admin
        profile.billing = .debitFirst
        profile.keyCacheSeconds = 60
        profile.trackingURIWins = true
        profile.modelPrefixes = ["/models", "/api/models"]
        profile.gatewayAsksForKey = true
        return profile
    }()

    /// The contract as it was meant: security of `current`, every promise of the documents and of the 67 tests kept.
    ///
    /// Where variants of a test contradict each other (contract §6.2) the documented intent decides: the back-off grows
    /// once the recovery attempts are used up (CB-08, CB-09), and a zero threshold or timeout in the environment is taken
    /// at its word (CB-17 opens on the first failure, CB-18 retries at once), as in 2025. Unhealthy is told in the body,
    /// with status 200 (HE-05, CH-02). A status answer tells the present state, its own probe included.
    static let fixed: Profile = {
        var profile = current
        profile.name = .fixed
        profile.health = .documented
        profile.detailWorks = true
        profile.resetNeedsKey = true
        profile.blocksWorker = false
        profile.readinessProbes = 1
        profile.probeAttempts = 2
        profile.retriesTimedOutProbes = false
        profile.probeRetryPause = 0.1
        profile.openBreakerAnswer = .serviceUnavailable
        profile.breaker = .asDocumented
        profile.statusLags = false
        profile.exposesMaximumRecoveryAttempts = true
        profile.metricsObserve = true
        profile.proxyMounts = [
            ProxyMount(prefix: "/mlflow"), ProxyMount(prefix: "/api/mlflow"),
            ProxyMount(prefix: "/api/2.0/mlflow", upstreamPrefix: "api/2.0/mlflow/"),
        ]
        profile.proxyKeepsDeleteBodies = true
        profile.proxyKeepsRepeatedParameters = true
        profile.reportsUptime = true
        return profile
    }()
}
