extension RegistryAPI {
    /// `/api/health/mlflow` and its two variants (contract §2.5).
    static func addMLflowHealth(to table: inout RouteTable<Route>, _ profile: Profile) {
        switch profile.mlflowHealth {
        case .oneCall:
            for path in ["", "/detailed", "/connectivity"] {
                table.get("/api/health/mlflow" + path) { api, _ in await api.registryProbe() }
            }
        case .threeChecks:
            table.get("/api/health/mlflow") { api, _ in await api.threeChecks() }
            table.get("/api/health/mlflow/detailed") { api, _ in await api.detailedChecks() }
            table.get("/api/health/mlflow/connectivity") { api, _ in await api.connectivity() }
        }
    }

    /// B: one registered model is listed; the breaker knows nothing of it.
    private func registryProbe() async -> ServiceResponse {
        let start = dependencies.now()
        let uri = JSONValue.string(settings.mlflow.trackingURI)
        var latency: JSONValue { .number((((dependencies.now() - start) * 100_000).rounded()) / 100) }
        do throws(MLflowAccess.Failure) {
            let found = try await mlflow.call(
                "GET", "registered-models/search", query: [("max_results", "1")], deadline: 5)
            let sample = found["registered_models"]?.array?.first?["name"] ?? .null
            return .json(
                200, ["status": "ok", "tracking_uri": uri, "latency_ms": latency, "sample_model": sample])
        } catch {
            return .json(
                503,
                [
                    "status": "error", "tracking_uri": uri, "latency_ms": latency, "sample_model": nil,
                    "error_type": .string(error.type), "error": .string(error.message),
                ])
        }
    }

    /// A and M: connectivity, experiments, artifacts; the last by its environment variable alone.
    private func threeChecks() async -> ServiceResponse {
        let health = await probe("/health", deadline: 5)
        let isReachable = health.status == 200 || health.status == 404
        let experiments = await probe("/api/2.0/mlflow/experiments/search?max_results=1", deadline: 5)
        let isServing = experiments.status == 200
        let checks: JSONValue = [
            "connectivity": Self.check(isReachable, health.error ?? "HTTP \(health.status ?? 0)"),
            "experiments_api": Self.check(isServing, experiments.error ?? "HTTP \(experiments.status ?? 0)"),
            "artifacts_api": [
                "status": settings.mlflow.servesArtifacts ? "enabled" : "disabled",
                "message": "MLFLOW_SERVE_ARTIFACTS",
            ],
        ]
        let isHealthy = isReachable && isServing
        let body: JSONValue = [
            "mlflow_server": .string(settings.mlflow.proxyURL), "checks": checks,
            "status": isHealthy ? "healthy" : "unhealthy",
        ]
        return isHealthy ? .json(200, body) : .json(503, ["detail": body])
    }

    /// Two of the three probes lack required parameters, so the overall word is always false (contract §2.5).
    private func detailedChecks() async -> ServiceResponse {
        let endpoints = [
            "/api/2.0/mlflow/experiments/search", "/api/2.0/mlflow/registered-models/search",
            "/api/2.0/mlflow/runs/get",
        ]
        var tests: [JSONValue] = []
        for endpoint in endpoints {
            let result = await probe(endpoint, deadline: 5)
            tests.append([
                "endpoint": .string(endpoint), "url": .string(settings.mlflow.proxyURL + endpoint),
                "status_code": result.status.map(JSONValue.integer) ?? .null, "success": .bool(result.status == 200),
                "response_time_ms": .number(result.seconds * 1000),
            ])
        }
        return .json(
            200,
            [
                "mlflow_server": .string(settings.mlflow.proxyURL), "timestamp": timestamp,
                "environment": [
                    "MLFLOW_SERVE_ARTIFACTS": settings.mlflow.servesArtifacts ? "true" : "false",
                    "MLFLOW_SERVER_URL": .string(settings.mlflow.proxyURL),
                ],
                "tests": .array(tests), "overall_health": .bool(tests.allSatisfy { $0["success"]?.bool ?? false }),
            ])
    }

    private func connectivity() async -> ServiceResponse {
        let result = await probe("/health", deadline: 3)
        let status = result.isTimeout ? "timeout" : result.status == nil ? "error" : "connected"
        var body: JSONValue = [
            "status": .string(status), "mlflow_server": .string(settings.mlflow.proxyURL),
            "response_code": result.status.map(JSONValue.integer) ?? .null,
            "response_time_ms": .number(result.seconds * 1000),
        ]
        if let error = result.error { body["error"] = .string(error) }
        return .json(200, body)
    }

    private struct Reply {
        var status: Int?
        var error: String?
        var isTimeout = false
        var seconds: Double
    }

    private func probe(_ path: String, deadline: Double) async -> Reply {
        let start = dependencies.now()
        do throws(OutgoingFailure) {
            let answer = try await dependencies.http(
                OutgoingCall(url: settings.mlflow.proxyURL + path, deadline: deadline))
            return Reply(status: answer.status, seconds: dependencies.now() - start)
        } catch {
            let isTimeout = if case .timeout = error { true } else { false }
            return Reply(error: error.message, isTimeout: isTimeout, seconds: dependencies.now() - start)
        }
    }

    private static func check(_ isHealthy: Bool, _ message: String) -> JSONValue {
        ["status": isHealthy ? "healthy" : "unhealthy", "message": .string(message)]
    }
}
