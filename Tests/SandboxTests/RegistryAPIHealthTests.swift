import Testing

@testable import plumbline_sandbox

/// Health and operations endpoints of the profiles as built, against what was recorded of a running deployment.
@Suite struct RegistryAPIHealthTests {
    let world = RegistryWorld()

    @Test("Plain health of B is a constant, whatever is down")
    func constantHealth() async throws {
        let api = try world.api(.current)
        world.change {
            $0.mlflow = .refusing
            $0.postgres = .refusing
        }
        let answer = await api.ask("GET /health")
        #expect(answer.status == 200)
        #expect(answer.json?["status"] == "healthy")
        #expect(answer.json?["services"] == ["api": "healthy", "dependency_checks": "skipped"])
        #expect(answer.json?.members?.map(\.name) == ["status", "version", "services", "timestamp", "system_info"])
        #expect(world.calls.isEmpty)
    }

    @Test(
        "Fixed answers of B, byte for byte",
        arguments: [
            (
                "GET /version", 200,
                #"{"version":"1.0.0","build_date":"2025-01-01","git_commit":"unknown","api_version":"v1"}"#
            ),
            ("HEAD /health", 405, #"{"detail":"Method Not Allowed"}"#),
            ("POST /health", 405, #"{"detail":"Method Not Allowed"}"#),
            ("GET /health/mlflow/reset", 405, #"{"detail":"Method Not Allowed"}"#),
            ("GET /healthzzz", 404, #"{"detail":"Not Found"}"#),
            ("GET /health/live", 404, #"{"detail":"Not Found"}"#),
            ("GET /health?detailed=true", 500, #"{"detail":"Internal server error"}"#),
            ("GET /nope", 401, #"{"detail":"API key required"}"#),
            ("GET /.env", 404, ""), ("GET /wp-admin/setup.php", 404, ""), ("GET /health/", 307, ""),
            (
                "GET /health?detailed=maybe", 422,
                #"{"detail":[{"type":"bool_parsing","loc":["query","detailed"],"msg":"Input should be a valid boolean, "#
                    + #"unable to interpret input","input":"maybe","url":"https://errors.pydantic.dev/2.5/v/bool_parsing"}]}"#
            ),
        ])
    func fixedAnswers(line: String, status: Int, body: String) async throws {
        let answer = try await world.api(.current).ask(line)
        #expect(answer.status == status)
        #expect(answer.text == body)
    }

    @Test("MLflow stopped: five answers of 200 and CLOSED, then 500 and UNKNOWN, then recovery as observed")
    func outageOfMLflow() async throws {
        let api = try world.api(.current)
        world.change { $0.mlflow = .refusing }
        for call in 1...5 {
            let answer = await api.ask("GET /health/mlflow")
            #expect(answer.status == 200, "call \(call)")
            #expect(answer.json?["circuit_breaker_state"] == "CLOSED")
            #expect(answer.json?["connected"] == false)
            #expect(answer.json?["connection_attempts"] == 2)
        }
        let open = await api.ask("GET /health/mlflow")
        #expect(open.status == 500)
        #expect(open.json?["circuit_breaker_state"] == "UNKNOWN")
        #expect(await api.ask("GET /metrics").text.contains("mlflow_circuit_breaker_state 2.0"))
        world.change { $0.mlflow = .up }
        world.wait(5.1)
        #expect(await api.ask("GET /health/mlflow").status == 500)
        let halfOpen = await api.ask("GET /health/mlflow")
        #expect(halfOpen.json?["circuit_breaker_state"] == "HALF_OPEN")
        #expect(await api.ask("GET /health/mlflow").json?["circuit_breaker_state"] == "CLOSED")
    }

    @Test("A probe of an unreachable MLflow makes three attempts with pauses of 1 and 2 seconds")
    func probeRetries() async throws {
        let api = try world.api(.current)
        world.change { $0.mlflow = .refusing }
        let before = api.dependencies.now()
        _ = await api.ask("GET /health/mlflow")
        #expect(world.calls(to: "get-by-name").count == 3)
        #expect(api.dependencies.now() - before == 3)
    }

    @Test(
        "Each endpoint makes the number of probes of the contract",
        arguments: [
            ("GET /health/mlflow", 1), ("GET /metrics", 1), ("GET /health?detailed=true", 1), ("GET /ready", 2),
            ("GET /health/status", 2), ("GET /health", 0), ("GET /health/alb", 0), ("GET /live", 0),
            ("GET /version", 0), ("GET /api/health/mlflow", 0),
        ])
    func probes(line: String, count: Int) async throws {
        let api = try world.api(.current)
        _ = await api.ask(line)
        #expect(world.calls(to: "get-by-name").count == count * 2)
        #expect(api.monitor.snapshot.counters.attempts == count)
    }

    @Test("Readiness: the database decides, an open breaker degrades, half-open is shown as recovering")
    func readiness() async throws {
        let api = try world.api(.current)
        let ready = await api.ask("GET /ready")
        #expect(ready.status == 200)
        #expect(ready.json?["ready"] == true)
        #expect(ready.json?["model_30"]?["state"] == "not_started")
        #expect(ready.json?["checks"]?.array?.map { $0["name"] } == ["database", "mlflow", "model_30_warmed"])

        world.change { $0.mlflow = .refusing }
        for _ in 1...3 { _ = await api.ask("GET /ready") }
        let degraded = await api.ask("GET /ready")
        #expect(degraded.status == 200)
        #expect(degraded.json?["ready"] == false)
        #expect(degraded.json?["can_serve_traffic"] == true)
        #expect(degraded.json?["degraded_mode"] == true)
        #expect(degraded.json?["checks"]?.array?[1]["degraded_mode"] == true)

        world.change { $0.mlflow = .up }
        world.wait(5.1)
        let recovering = await api.ask("GET /ready")
        #expect(recovering.json?["checks"]?.array?[1]["recovering"] == true)
        #expect(recovering.json?["ready"] == true)
        #expect(api.monitor.snapshot.breaker.state == .closed)

        world.change { $0.postgres = .refusing }
        let broken = await api.ask("GET /ready")
        #expect(broken.status == 503)
        #expect(broken.json?["can_serve_traffic"] == false)
        #expect(broken.json?["degraded_mode"] == false)
        #expect(broken.json?["checks"]?.array?[0]["connection_details"]?["max_retries"] == 3)
    }

    @Test("A silent database costs about a minute: three attempts on two names, with pauses")
    func databaseWorstCase() async throws {
        let api = try world.api(.current)
        world.change { $0.postgres = .hanging }
        let before = api.dependencies.now()
        #expect(await api.ask("GET /ready").status == 503)
        #expect(api.dependencies.now() - before == 63)
    }

    @Test("Detailed status of B fails with the validation text of its own answer")
    func serviceStatus() async throws {
        let answer = try await world.api(.current).ask("GET /health/status")
        #expect(answer.status == 500)
        let text = answer.json?["detail"]?.string ?? ""
        #expect(text.hasPrefix("2 validation errors for HealthCheckResponse\nservices.mlflow_details\n"))
        #expect(text.contains("services.message_queue_details\n  Input should be a valid string"))
    }

    @Test(
        "Overall health as built: one healthy service is enough for degraded, and only M turns unhealthy into 503",
        arguments: [(ProfileName.baseline, 200), (.middle, 503)])
    func overallAsBuilt(profile: ProfileName, deadStatus: Int) async throws {
        let api = try world.api(profile)
        let redisWord = profile == .baseline ? "disabled" : "healthy"
        let all = await api.ask("GET /health")
        #expect(all.json?["status"] == "healthy")
        #expect(all.json?["services"]?["redis"]?.string == redisWord)
        #expect(
            all.json?["services"]?.members?.map(\.name) == [
                "mlflow", "redis", "message_queue", "postgres", "external_api",
            ])
        world.change { $0.postgres = .refusing }
        #expect(await api.ask("GET /health").json?["status"] == "degraded")
        world.change {
            $0.mlflow = .refusing
            $0.redis = .refusing
            $0.queue = .refusing
        }
        let dead = await api.ask("GET /health")
        #expect(dead.json?["status"] == "unhealthy")
        #expect(dead.status == deadStatus)
    }

    @Test(
        "The fingerprint of each profile, without a key",
        arguments: [
            (ProfileName.baseline, [401, 404, 401, 401, 401]), (.middle, [200, 200, 200, 200, 200]),
            (.current, [200, 200, 200, 200, 200]), (.fixed, [200, 200, 200, 200, 200]),
        ])
    func fingerprint(profile: ProfileName, statuses: [Int]) async throws {
        let api = try world.api(profile)
        var found: [Int] = []
        for path in ["/live", "/health/alb", "/api/health/mlflow", "/ready"] {
            found.append(await api.ask("GET " + path).status)
        }
        let preflight: ServiceHeaders = ["origin": "http://x.test", "access-control-request-method": "GET"]
        found.append(await api.ask("OPTIONS /models/", headers: preflight).status)
        #expect(found == statuses)
        let hasModel30 = await api.ask("GET /ready").json?["model_30"] != nil
        #expect(hasModel30 == (profile == .current || profile == .fixed))
    }

    @Test("The MLflow health of B times one listing; a failure is 503 and touches no breaker")
    func registryProbe() async throws {
        let api = try world.api(.current)
        let good = await api.ask("GET /api/health/mlflow")
        #expect(good.json?.members?.map(\.name) == ["status", "tracking_uri", "latency_ms", "sample_model"])
        world.change { $0.mlflow = .refusing }
        let bad = await api.ask("GET /api/health/mlflow/detailed")
        #expect(bad.status == 503)
        #expect(bad.json?["status"] == "error")
        #expect(bad.json?["error_type"] == "MlflowException")
        #expect(api.monitor.snapshot.breaker.failures == 0)
    }

    @Test("Metrics as built: gauges present, the failure gauge and the histogram always zero")
    func metricsAsBuilt() async throws {
        let api = try world.api(.current)
        world.change { $0.mlflow = .refusing }
        _ = await api.ask("GET /metrics")
        let answer = await api.ask("GET /metrics")
        #expect(answer.headers["content-type"] == "text/plain; charset=utf-8")
        for line in [
            "mlflow_circuit_breaker_state 0.0", "mlflow_circuit_breaker_failures_total 0.0",
            "mlflow_connection_status 0.0", "mlflow_connection_attempts_total 2.0",
            "mlflow_connection_failures_total 2.0", "mlflow_response_time_seconds_count 0.0",
        ] {
            #expect(answer.text.contains(line + "\n"))
        }
    }

    @Test(
        "Reset needs no key but in the profile that is as meant, and keeps the last success",
        arguments: ProfileName.allCases)
    func reset(profile: ProfileName) async throws {
        let api = try world.api(profile)
        world.change { $0.mlflow = .refusing }
        for _ in 1...6 { _ = await api.ask("GET /health/mlflow") }
        #expect(api.monitor.snapshot.breaker.state == .open)
        if profile == .fixed { #expect(await api.ask("POST /health/mlflow/reset").status == 401) }
        let answer = await api.ask(
            "POST /health/mlflow/reset", headers: ["authorization": "Bearer hk_test_sandbox_admin"])
        #expect(answer.status == 200)
        #expect(answer.json?["message"] == "Circuit breaker reset successfully")
        #expect(answer.json?["reset_by"] == "manual_api_call")
        #expect(api.monitor.snapshot.breaker.state == .closed)
        #expect(api.monitor.snapshot.breaker.lastFailure == nil)
    }
}
