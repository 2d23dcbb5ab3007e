import Formats

extension RegistrySettings {
    /// Reads every setting; the first that cannot be used ends the start, as in the original.
    init(environment: [String: String]) throws {
        let reader = EnvironmentReader(environment)
        let name = reader.text("SANDBOX_PROFILE") ?? ProfileName.current.rawValue
        guard let profileName = ProfileName(rawValue: name) else {
            let known = ProfileName.allCases.map(\.rawValue).joined(separator: ", ")
            throw Invalid(description: "SANDBOX_PROFILE: expected one of \(known), got '\(name)'")
        }
        profile = .named(profileName)
        defects = try DefectSet(parsing: reader.text("SANDBOX_DEFECTS") ?? "")
        breaker = try Self.breaker(reader, profile, defects)
        database = try Self.database(reader, profile)
        mlflow = try Self.mlflow(reader, profile)
        auth = Self.auth(reader)
        keyCacheSeconds = try reader.whole("SANDBOX_KEY_CACHE_SECONDS") ?? profile.keyCacheSeconds
        redisURL = profile.usesRedis ? Self.redis(reader) : nil
        queueURL = reader.text("SANDBOX_QUEUE_URL") ?? Self.redis(reader)
        webhookURL = reader.text("WEBHOOK_URL")
        healthCheckTimeout = try reader.seconds("HEALTH_CHECK_TIMEOUT") ?? 10
        environmentName = reader.text("ENVIRONMENT") ?? "development"
        prewarmsModel30 = reader.flag("MODEL_30_PREWARM_ENABLED") ?? true
        scannerFilterEnabled = reader.flag("SCANNER_FILTER_ENABLED") ?? true
    }

    private static func breaker(
        _ reader: EnvironmentReader, _ profile: Profile, _ defects: DefectSet
    ) throws -> BreakerPolicy {
        var policy = profile.breaker
        policy.flaws = defects.flaws
        if defects.contains(.backOffNeverGrows) { policy.backOff = .constant }
        guard !defects.contains(.ignoresEnvironment) else { return policy }
        let standard = policy
        policy.failureThreshold = try reader.whole("MLFLOW_CB_FAILURE_THRESHOLD") ?? standard.failureThreshold
        policy.maximumRecoveryAttempts =
            try reader.whole("MLFLOW_CB_MAX_RECOVERY_ATTEMPTS") ?? standard.maximumRecoveryAttempts
        // The original reads whole seconds only; `fixed` takes fractions, which short tests need.
        let timeout =
            profile.name == .fixed
            ? try reader.seconds("MLFLOW_CB_RECOVERY_TIMEOUT")
            : try reader.whole("MLFLOW_CB_RECOVERY_TIMEOUT").map(Double.init)
        policy.recoveryTimeout = timeout ?? standard.recoveryTimeout
        if defects.contains(.zeroThresholdIgnored), policy.failureThreshold == 0 {
            policy.failureThreshold = standard.failureThreshold
        }
        if defects.contains(.zeroTimeoutIgnored), policy.recoveryTimeout == 0 {
            policy.recoveryTimeout = standard.recoveryTimeout
        }
        return policy
    }

    private static func database(_ reader: EnvironmentReader, _ profile: Profile) throws -> Database {
        guard let password = reader.text("DB_PASSWORD", "DATABASE_PASSWORD") else {
            throw Invalid(description: "DB_PASSWORD or DATABASE_PASSWORD must be set: the API does not start without")
        }
        // `fixed` answers a health check within seconds even when nothing answers; the original may take a minute.
        let isFixed = profile.name == .fixed
        return Database(
            host: reader.text("DB_HOST", "DATABASE_HOST") ?? "hokusai-mlflow-development.invalid",
            port: try reader.whole("DB_PORT", "DATABASE_PORT") ?? 5432,
            user: reader.text("DB_USER", "DATABASE_USER") ?? "mlflow", password: password,
            name: reader.text("DB_NAME", "DATABASE_NAME") ?? "mlflow_db",
            fallbackName: reader.text("DATABASE_FALLBACK_NAME") ?? "mlflow",
            connectTimeout: try reader.seconds("DATABASE_CONNECT_TIMEOUT") ?? (isFixed ? 2 : 10),
            attempts: max(1, try reader.whole("DATABASE_MAX_RETRIES") ?? (isFixed ? 1 : 3)),
            retryDelay: try reader.seconds("DATABASE_RETRY_DELAY") ?? 1)
    }

    private static func mlflow(_ reader: EnvironmentReader, _ profile: Profile) throws -> MLflow {
        let tracking = reader.text("MLFLOW_TRACKING_URI")
        let server = reader.text("MLFLOW_SERVER_URL")
        guard let either = tracking ?? server else {
            throw Invalid(description: "MLFLOW_TRACKING_URI or MLFLOW_SERVER_URL must be set")
        }
        let proxy = profile.trackingURIWins ? tracking ?? either : server ?? either
        return MLflow(
            trackingURI: Self.withoutSlash(either), proxyURL: Self.withoutSlash(proxy),
            token: reader.text("MLFLOW_TRACKING_TOKEN", "HOKUSAI_API_KEY"),
            requestTimeout: try reader.seconds("MLFLOW_HTTP_REQUEST_TIMEOUT") ?? 5,
            requestRetries: try reader.whole("MLFLOW_HTTP_REQUEST_MAX_RETRIES") ?? 0,
            probeRetryPause: try reader.seconds("SANDBOX_PROBE_RETRY_PAUSE") ?? profile.probeRetryPause,
            servesArtifacts: reader.flag("MLFLOW_SERVE_ARTIFACTS") ?? true,
            experimentName: reader.text("MLFLOW_EXPERIMENT_NAME") ?? "hokusai-pipeline")
    }

    static func auth(_ reader: EnvironmentReader) -> Auth {
        let emails = reader.text(
            "REGISTRY_ADMIN_USER_EMAILS", "REGISTRY_ADMIN_USER_EMAIL", "ADMIN_BLOG_USER_EMAILS",
            "ADMIN_BLOG_USER_EMAIL")
        let scopes = reader.text("REGISTRY_ADMIN_SCOPES") ?? "admin,mlflow:admin,registry:admin,model-registry:admin"
        return Auth(
            serviceURL: withoutSlash(
                reader.text("HOKUSAI_AUTH_SERVICE_URL", "AUTH_SERVICE_URL") ?? "https://auth.hokus.ai"),
            serviceID: reader.text("AUTH_SERVICE_ID") ?? "platform",
            timeout: (try? reader.seconds("SANDBOX_AUTH_TIMEOUT")) ?? 5,
            adminEmails: EnvironmentReader.list(emails), adminScopes: EnvironmentReader.list(scopes))
    }

    /// Enabled by `REDIS_URL`, or a token, or a host that is not the local one (contract §9.4).
    private static func redis(_ reader: EnvironmentReader) -> String? {
        if let url = reader.text("REDIS_URL") { return url }
        let host = reader.text("REDIS_HOST")
        let token = reader.text("REDIS_AUTH_TOKEN")
        let isRemote = host.map { !["localhost", "127.0.0.1"].contains($0) } ?? false
        guard token != nil || isRemote else { return nil }
        let credentials = token.map { ":\(PercentEncoding.encode($0))@" } ?? ""
        let scheme = reader.flag("REDIS_TLS_ENABLED") == true ? "rediss" : "redis"
        return "\(scheme)://\(credentials)\(host ?? "localhost"):\(reader.text("REDIS_PORT") ?? "6379")/0"
    }

    private static func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
