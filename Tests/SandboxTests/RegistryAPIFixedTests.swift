import Testing

@testable import plumbline_sandbox

/// Profile `fixed`: what the 67 tests of the contract expect, on the API itself.
@Suite struct RegistryAPIFixedTests {
    let world = RegistryWorld()

    private func api(_ defects: String = "", threshold: Int = 3, timeout: Double = 2) throws -> RegistryAPI {
        try world.api(
            .fixed, defects: defects,
            environment: [
                "MLFLOW_CB_FAILURE_THRESHOLD": "\(threshold)", "MLFLOW_CB_RECOVERY_TIMEOUT": "\(timeout)",
            ])
    }

    @Test("HE-01, HE-02: all four dependencies healthy, detailed mode works and measures the system")
    func healthy() async throws {
        let api = try api()
        let plain = await api.ask("GET /health")
        #expect(plain.json?["status"] == "healthy")
        #expect(
            plain.json?["services"] == [
                "mlflow": "healthy", "redis": "healthy", "message_queue": "healthy", "postgres": "healthy",
            ])
        let detailed = await api.ask("GET /health?detailed=true")
        #expect(detailed.status == 200)
        #expect(detailed.json?["services"]?["mlflow_details"]?["tracking_uri"] == "http://mlflow.localhost:5000")
        #expect((detailed.json?["system_info"]?["memory_percent"]?.number ?? 0) > 0)
    }

    @Test("HE-03, HE-04, HE-14: open is degraded with a reason and 503, half-open is recovering with a reason")
    func breakerStates() async throws {
        let api = try api()
        world.change { $0.mlflow = .refusing }
        for _ in 1...3 { _ = await api.ask("GET /health/mlflow") }
        let open = await api.ask("GET /health?detailed=true")
        #expect(open.status == 200)
        #expect(open.json?["status"] == "degraded")
        #expect(open.json?["services"]?["mlflow"] == "degraded")
        #expect(open.json?["services"]?["mlflow_details"]?["reason"]?.string?.contains("OPEN") == true)
        let blocked = await api.ask("GET /health/mlflow")
        #expect(blocked.status == 503)
        #expect(blocked.json?["circuit_breaker_state"] == "OPEN")
        #expect(blocked.json?["error"]?.string?.contains("OPEN") == true)
        #expect(blocked.json?["circuit_breaker_details"]?["max_recovery_attempts"] == 5)

        world.change { $0.mlflow = .up }
        world.wait(2.1)
        let halfOpen = await api.ask("GET /health?detailed=true")
        #expect(halfOpen.json?["status"] == "degraded")
        #expect(halfOpen.json?["services"]?["mlflow"] == "recovering")
        #expect(halfOpen.json?["services"]?["mlflow_details"]?["reason"]?.string?.contains("HALF_OPEN") == true)
        #expect(await api.ask("GET /health").json?["status"] == "healthy")
    }

    @Test("The status tells the present state: no lag, and three failures show OPEN in the third answer")
    func noLag() async throws {
        let api = try api()
        world.change { $0.mlflow = .refusing }
        var states: [String] = []
        for _ in 1...3 {
            states.append(await api.ask("GET /health/mlflow").json?["circuit_breaker_state"]?.string ?? "")
        }
        #expect(states == ["CLOSED", "CLOSED", "OPEN"])
    }

    @Test("CB-08: the retries really back off: 2, then 4, 8, 16 seconds once one attempt is used up")
    func growingBackOff() async throws {
        let api = try world.api(
            .fixed,
            environment: [
                "MLFLOW_CB_FAILURE_THRESHOLD": "1", "MLFLOW_CB_RECOVERY_TIMEOUT": "2",
                "MLFLOW_CB_MAX_RECOVERY_ATTEMPTS": "1",
            ])
        world.change { $0.mlflow = .refusing }
        _ = await api.ask("GET /health/mlflow")
        var waits: [Double] = []
        for _ in 1...4 {
            waits.append(
                await api.ask("GET /health/mlflow").json?["circuit_breaker_details"]?["current_wait"]?.number ?? 0)
            let probesBefore = world.calls(to: "get-by-name").count
            world.wait((waits.last ?? 0) + 0.1)
            _ = await api.ask("GET /health/mlflow")
            #expect(world.calls(to: "get-by-name").count > probesBefore)
        }
        #expect(waits == [2, 4, 8, 16])
        #expect(await api.ask("GET /metrics").text.contains("mlflow_circuit_breaker_wait_seconds 32.0"))
    }

    @Test("HE-05, HE-21, HE-22: healthy, degraded, unhealthy, and back the same way, always with status 200")
    func degradation() async throws {
        let api = try api()
        var words = [await word(api)]
        world.change { $0.mlflow = .refusing }
        for _ in 1...3 { _ = await api.ask("GET /health/mlflow") }
        words.append(await word(api))
        world.change {
            $0.redis = .refusing
            $0.queue = .refusing
        }
        words.append(await word(api))
        world.change {
            $0.redis = .up
            $0.queue = .up
        }
        words.append(await word(api))
        world.change { $0.mlflow = .up }
        world.wait(2.1)
        words.append(await word(api))
        words.append(await word(api))
        #expect(words == ["healthy", "degraded", "unhealthy", "degraded", "degraded", "healthy"])
    }

    @Test("CH-02, CH-09: the database alone makes it unhealthy; with it back, the others still do")
    func databaseDecides() async throws {
        let api = try api()
        world.change { $0.postgres = .refusing }
        let down = await api.ask("GET /health")
        #expect(down.status == 200)
        #expect(down.json?["status"] == "unhealthy")
        #expect(down.json?["services"]?["postgres"] == "unhealthy")
        #expect(await api.ask("GET /ready").status == 503)
        world.change {
            $0.mlflow = .refusing
            $0.redis = .refusing
            $0.queue = .refusing
        }
        #expect(await word(api) == "unhealthy")
        world.change { $0.postgres = .up }
        #expect(await word(api) == "unhealthy")
    }

    @Test("CH-05, CH-11: a failing queue is shown and breaks nothing")
    func queueAlone() async throws {
        let api = try api()
        world.change { $0.queue = .refusing }
        let answer = await api.ask("GET /health")
        #expect(answer.json?["status"] == "degraded")
        #expect(answer.json?["services"]?["message_queue"] == "unhealthy")
        #expect(await api.ask("GET /live").status == 200)
        #expect(await api.ask("GET /ready").json?["ready"] == true)
    }

    @Test("HE-23, CH-06: with everything hanging no service is healthy, the errors say timeout, and it answers")
    func partition() async throws {
        let api = try api()
        world.change {
            $0.mlflow = .hanging
            $0.redis = .hanging
            $0.queue = .hanging
            $0.postgres = .hanging
        }
        let answer = await api.ask("GET /health?detailed=true")
        #expect(answer.status == 200)
        #expect(answer.json?["status"] == "unhealthy")
        for name in ["mlflow", "redis", "message_queue", "postgres"] {
            #expect(["unhealthy", "degraded"].contains(answer.json?["services"]?[name]?.string ?? ""))
        }
        #expect(answer.json?["services"]?["postgres_details"]?["error"]?.string?.contains("timeout") == true)
        #expect(answer.json?["services"]?["redis_error"]?.string?.contains("timeout") == true)
    }

    @Test("HE-18: the detailed status names the service and carries the breaker")
    func serviceStatus() async throws {
        let answer = try await api().ask("GET /health/status")
        #expect(answer.status == 200)
        #expect(answer.json?["service_name"] == "hokusai-registry")
        #expect(answer.json?["overall_health"] == "healthy")
        #expect(answer.json?["mlflow"]?["circuit_breaker"]?["state"] == "CLOSED")
    }

    @Test("Metrics observe: failures are counted and response times fall into the histogram")
    func metrics() async throws {
        let api = try api()
        _ = await api.ask("GET /metrics")
        world.change { $0.mlflow = .refusing }
        let text = await api.ask("GET /metrics").text
        #expect(text.contains("mlflow_circuit_breaker_failures_total 1.0\n"))
        #expect(text.contains("mlflow_response_time_seconds_count 1.0\n"))
        #expect(text.contains("mlflow_response_time_seconds_bucket{le=\"+Inf\"} 1.0\n"))
    }

    private func word(_ api: RegistryAPI) async -> String {
        let answer = await api.ask("GET /health")
        return answer.status == 200 ? answer.json?["status"]?.string ?? "none" : "HTTP \(answer.status)"
    }
}
