import Foundation

extension Stack {
    /// The configuration with which `plumbline` examines this stack, without anything to export first.
    func writeConfiguration() throws {
        let urls = SandboxState.URLs(ports, hasTLS: options.hasTLS)
        let suites = try suiteConfiguration()
        let authority = options.hasTLS ? "\n  ca_file: tls/ca.pem" : ""
        let keys = SandboxKey.all.keys.sorted().map { "  \($0): ${file:secrets/\($0)-key}" }.joined(separator: "\n")
        // Launched instances live for one test: their failing probes need not be as slow as the deployed ones.
        let environment = (apiEnvironment.merging(baseEnvironment) { own, _ in own })
            .merging(["SANDBOX_PROBE_RETRY_PAUSE": "0.05"]) { _, new in new }
            .filter { !$0.key.hasPrefix("SANDBOX_") || !$0.value.isEmpty }
            .mapValues { $0 == secrets.databasePassword ? "${file:secrets/database-password}" : $0 }
            .mapValues { $0 == secrets.redisPassword ? "${file:secrets/redis-password}" : $0 }
            .mapValues { $0 == SandboxKey.all["admin"]?.key ? "${file:secrets/admin-key}" : $0 }
            .sorted { $0.key < $1.key }.map { "    \($0.key): \(Self.quoted($0.value))" }.joined(separator: "\n")
        try directory.writePrivately(
            """
            # Written by `plumbline-sandbox up`; gone after `plumbline-sandbox down`.
            version: 1
            environment: \(options.environmentName)

            services:
              api: \(urls.api)
              registry: \(urls.registry)
              auth: \(urls.auth)
              mlflow: \(urls.mlflow)
              mlflow_direct: \(urls.mlflowDirect)
              pid_files: { api: \(Self.quoted(directory.record(Part.api))) }
              discovery_names: [mlflow.localhost, api.localhost]\(authority)

            keys:
              api: ${file:secrets/admin-key}
            \(keys)
              auth_admin: ${file:secrets/auth-admin-token}

            database:
              host: 127.0.0.1
              port: \(ports.postgres)
              user: mlflow
              password: ${file:secrets/database-password}
              name: mlflow_db
              fallback_name: mlflow
              tls: \(options.hasTLS ? "verify-full" : "disable")\(authority)

            redis:
              host: 127.0.0.1
              port: \(options.hasTLS ? ports.redisTLS : ports.redis)
              password: ${file:secrets/redis-password}
              tls: \(options.hasTLS)\(authority)

            aws:
              region: us-east-1
              endpoint_url: \(urls.aws)
              account: "123456789012"
              access_key_id: ${file:secrets/aws-access-key-id}
              secret_access_key: ${file:secrets/aws-secret-access-key}

            breaker:
              failure_threshold: \(options.breakerThreshold)
              recovery_timeout: \(options.breakerRecoverySeconds)s

            faults:
              toxiproxy: \(urls.toxiproxy)
              proxies:
                mlflow: mlflow
                postgres: postgres
                redis: redis
                auth: auth
              upstreams:
                auth: "127.0.0.1:\(ports.auth)"
              commands:
                memory:
                  start: \(memoryPressure("start"))
                  stop: \(memoryPressure("stop"))
                  probe: \(memoryPressure("status"))
              lease: 60s
              recovery_timeout: 30s

            launch:
              command: [\(Self.quoted(programs.sandbox)), serve-api, --port, "{port}"]
              parallel: 8
              environment:
            \(environment)
              variants:
            \(variants)

            logs:
              api: logs/api.log
              auth: logs/auth.log
              balancer: logs/nginx.log
              database: logs/postgres.log
              mlflow: logs/mlflow.log
              redis: logs/redis.log

            limits:
              # On loopback an eighth of the usual windows shows as much.
              load_window: 250ms
              late_arrival: 5s

            """ + suites, to: directory.configuration)
    }

    /// Builds that lack a library or in which a handler raises: the only way to see some answers from outside.
    private var variants: String {
        let defects = [
            "without-memory-library": "memory-library-missing", "without-metrics-library": "metrics-library-missing",
            "mlflow-status-raises": "health-mlflow-raises", "reset-raises": "reset-raises",
        ]
        return defects.sorted { $0.key < $1.key }.map { name, defect in
            let all = (options.defects + [defect]).joined(separator: ",")
            return "    \(name): { SANDBOX_DEFECTS: \(Self.quoted(all)) }"
        }.joined(separator: "\n")
    }

    private func memoryPressure(_ action: String) -> String {
        let words = [programs.sandbox, "memory-pressure", action, "--dir", directory.path]
        return "[" + words.map(Self.quoted).joined(separator: ", ") + "]"
    }

    /// A YAML scalar in double quotes.
    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
