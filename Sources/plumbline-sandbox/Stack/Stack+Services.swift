import Foundation

extension Stack {
    /// The admin key: the API's own probes pass the gateway with it (contract §4.7).
    private var adminKey: String { SandboxKey.all["admin"]?.key ?? "" }
    private var keysFile: String { directory.secrets + "/keys.json" }

    private var serviceEnvironment: [String: String] {
        [
            "SANDBOX_PROFILE": options.profile, "SANDBOX_DEFECTS": options.defects.joined(separator: ","),
            "ENVIRONMENT": options.environmentName,
            "HOKUSAI_AUTH_SERVICE_URL": "http://127.0.0.1:\(ports.authProxy)",
        ]
    }

    /// The contract's own settings (§8.2, §12.8): every dependency through the fault proxy, limits short enough for tests.
    var apiEnvironment: [String: String] {
        let own = [
            "DB_HOST": "127.0.0.1", "DB_PORT": "\(ports.postgresProxy)", "DB_USER": "mlflow",
            "DB_PASSWORD": secrets.databasePassword, "DB_NAME": "mlflow_db", "DATABASE_FALLBACK_NAME": "mlflow",
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:\(ports.mlflowProxy)",
            "MLFLOW_SERVER_URL": "http://127.0.0.1:\(ports.mlflowProxy)", "MLFLOW_TRACKING_TOKEN": adminKey,
            "MLFLOW_HTTP_REQUEST_TIMEOUT": "5", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
            "MLFLOW_SERVE_ARTIFACTS": "true", "MLFLOW_CB_FAILURE_THRESHOLD": "\(options.breakerThreshold)",
            "MLFLOW_CB_RECOVERY_TIMEOUT": "\(options.breakerRecoverySeconds)",
            "MLFLOW_CB_MAX_RECOVERY_ATTEMPTS": "5", "MODEL_30_PREWARM_ENABLED": "false",
            "REDIS_HOST": "127.0.0.1", "REDIS_PORT": "\(ports.redisProxy)", "REDIS_AUTH_TOKEN": secrets.redisPassword,
            "AWS_REGION": "us-east-1",
        ]
        let times = [
            "SANDBOX_PROBE_RETRY_PAUSE": "\(options.probePauseSeconds)",
            "DATABASE_RETRY_DELAY": "\(options.probePauseSeconds)",
            "SANDBOX_KEY_CACHE_SECONDS": "\(options.keyCacheSeconds)",
        ]
        let limits = options.probeLimitSeconds.map { limit in
            Dictionary(
                uniqueKeysWithValues: [
                    "MLFLOW_HTTP_REQUEST_TIMEOUT", "DATABASE_CONNECT_TIMEOUT", "SANDBOX_AUTH_TIMEOUT",
                ].map { ($0, "\(limit)") })
        }
        return serviceEnvironment.merging(times) { _, new in new }.merging(own) { _, new in new }
            .merging(limits ?? [:]) { _, new in new }
    }

    var api: Part {
        Part(
            title: "Registry API", address: "http://127.0.0.1:\(ports.api)",
            launch: launch(
                Part.api, [programs.sandbox, "serve-api", "--port", "\(ports.api)"], environment: apiEnvironment),
            // Plain /health is key-free in every profile; whatever it says, the process answers.
            readiness: .http(url: "http://127.0.0.1:\(ports.api)/health", host: nil, statuses: [200, 503]),
            patience: 40)
    }

    var auth: Part {
        Part(
            title: "Auth service", address: "http://127.0.0.1:\(ports.auth)",
            launch: launch(
                Part.auth, [programs.sandbox, "serve-auth", "--port", "\(ports.auth)", "--keys", keysFile],
                environment: serviceEnvironment.merging(["AUTH_ADMIN_TOKEN": secrets.authAdminToken]) { $1 }),
            readiness: .http(url: "http://127.0.0.1:\(ports.auth)/health", host: nil, statuses: [200]), patience: 20)
    }

    /// In front of MLflow, where the load balancer and the API reach it (contract §3.3).
    var gateway: Part {
        Part(
            title: "MLflow gateway", address: "http://127.0.0.1:\(ports.gateway)",
            launch: launch(
                Part.gateway, [programs.sandbox, "serve-gateway", "--port", "\(ports.gateway)"],
                environment: serviceEnvironment.merging([
                    "MLFLOW_SERVER_URL": "http://127.0.0.1:\(ports.mlflow)",
                    "MLFLOW_TRACKING_URI": "http://127.0.0.1:\(ports.mlflow)",
                ]) { _, new in new }),
            // Without a key the gateway refuses; where it asks for none (A, M) it tells that MLflow is up, or not yet. All of
            // it shows that it runs.
            readiness: .http(
                url: "http://127.0.0.1:\(ports.gateway)/health", host: nil, statuses: [200, 401, 404, 502]),
            patience: 20)
    }

    var faultProxy: Part {
        Part(
            title: "Fault proxy", address: "http://127.0.0.1:\(ports.faultAPI)",
            launch: launch(
                Part.faultProxy,
                [programs.sandbox, "fault-proxy", "--port", "\(ports.faultAPI)", "--config", faultProxyConfiguration]),
            readiness: .http(url: "http://127.0.0.1:\(ports.faultAPI)/version", host: nil, statuses: [200]),
            patience: 20)
    }

    private var faultProxyConfiguration: String { directory.work + "/fault-proxy.json" }

    /// Writes the files that the services and the fault proxy read at their start.
    func writeServiceFiles() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let keys = SandboxKey.all.sorted { $0.key < $1.key }.map(\.value)
        try directory.writePrivately(String(decoding: try encoder.encode(keys), as: UTF8.self), to: keysFile)
        for (name, key) in SandboxKey.all {
            try directory.writePrivately(key.key + "\n", to: directory.secrets + "/\(name)-key")
        }
        try directory.writePrivately(secrets.databasePassword + "\n", to: directory.secrets + "/database-password")
        try directory.writePrivately(secrets.redisPassword + "\n", to: directory.secrets + "/redis-password")
        try directory.writePrivately(secrets.authAdminToken + "\n", to: directory.secrets + "/auth-admin-token")
        // moto takes any credentials; these only have to be the ones that seeded it.
        try directory.writePrivately("sandbox-access-key\n", to: directory.secrets + "/aws-access-key-id")
        try directory.writePrivately("sandbox-secret-key\n", to: directory.secrets + "/aws-secret-access-key")
        let proxies = [
            ("mlflow", ports.mlflowProxy, ports.gateway), ("postgres", ports.postgresProxy, ports.postgres),
            ("redis", ports.redisProxy, ports.redis), ("auth", ports.authProxy, ports.auth),
        ].map { name, listen, upstream in
            ProxyRequest(name: name, listen: "127.0.0.1:\(listen)", upstream: "127.0.0.1:\(upstream)", enabled: true)
        }
        try encoder.encode(proxies).write(to: URL(filePath: faultProxyConfiguration))
    }
}
