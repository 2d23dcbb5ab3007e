import Testing

@testable import plumbline_sandbox

/// The MLflow proxy with its losses, and the model endpoints.
@Suite struct RegistryAPIProxyTests {
    let world = RegistryWorld()
    private let key: ServiceHeaders = ["authorization": "Bearer hk_test_sandbox_admin"]

    @Test(
        "Each mount forwards to where the contract says",
        arguments: [
            (ProfileName.current, "/api/mlflow/api/2.0/mlflow/runs/search", "/api/2.0/mlflow/runs/search"),
            (.current, "/mlflow/api/2.0/mlflow/runs/search", "/api/2.0/mlflow/runs/search"),
            (.current, "/api/2.0/mlflow/runs/search", "/runs/search"),
            (.fixed, "/api/2.0/mlflow/runs/search", "/api/2.0/mlflow/runs/search"),
            (.current, "/mlflow/health/mlflow", "/health/mlflow"),
            (.baseline, "/api/mlflow/a%20b/c", "/a%20b/c"),
        ])
    func mounts(profile: ProfileName, path: String, upstream: String) async throws {
        _ = try await world.api(profile).ask("GET " + path, headers: key)
        // Profile A reports usage to the auth service on its own time, before or after.
        let toMLflow = world.calls.filter { $0.url.hasPrefix("http://mlflow.localhost:5000") }
        #expect(toMLflow.last?.url == "http://mlflow.localhost:5000" + upstream)
    }

    @Test("Profile A has no third mount")
    func thirdMount() async throws {
        #expect(try await world.api(.baseline).ask("GET /api/2.0/mlflow/x", headers: key).status == 404)
    }

    @Test("Bodies of DELETE and repeated query values are lost as built and kept in fixed")
    func losses() async throws {
        let line = "DELETE /api/mlflow/api/2.0/mlflow/x?a=1&b=2&a=3"
        _ = try await world.api(.current).ask(line, headers: key, body: ["name": "m"])
        let lost = try #require(world.calls.last)
        #expect(lost.body == nil)
        #expect(lost.url.hasSuffix("?a=3&b=2"))
        _ = try await world.api(.fixed).ask(line, headers: key, body: ["name": "m"])
        let kept = try #require(world.calls.last)
        #expect(kept.body.map { String(decoding: $0, as: UTF8.self) } == #"{"name":"m"}"#)
        #expect(kept.url.hasSuffix("?a=1&b=2&a=3"))
    }

    @Test("A strips the key, later profiles forward it; the caller is named in both")
    func headers() async throws {
        for (profile, isForwarded) in [(ProfileName.baseline, false), (.middle, true), (.current, true)] {
            var headers = key
            headers["host"] = "registry.localhost"
            headers["x-custom"] = "kept"
            _ = try await world.api(profile).ask("GET /mlflow/x", headers: headers)
            let call = try #require(world.calls.last { $0.url.contains("mlflow.localhost") })
            #expect((call.headers["authorization"] != nil) == isForwarded)
            #expect(call.headers["host"] == nil)
            #expect(call.headers["x-custom"] == "kept")
            #expect(call.headers["X-Hokusai-User-Id"] == "u1")
            #expect(call.headers["X-Hokusai-API-Key-Id"] == "k1")
        }
    }

    @Test("An HTML 404 of MLflow becomes JSON; other answers pass with their headers")
    func answers() async throws {
        let api = try world.api(.current)
        let missing = await api.ask("GET /mlflow/api/2.0/mlflow/nope", headers: key)
        #expect(missing.status == 404)
        #expect(
            missing.text
                == #"{"error_code": "RESOURCE_NOT_FOUND", "message": "The requested resource was not found: api/2.0/mlflow/nope"}"#
        )
        world.change {
            $0.upstream = OutgoingAnswer(
                status: 200, headers: ["content-type": "text/html; charset=utf-8", "x-frame-options": "SAMEORIGIN"],
                body: Array("OK".utf8))
        }
        let found = await api.ask("GET /mlflow/health", headers: key)
        #expect(found.text == "OK")
        #expect(found.headers["x-frame-options"] == "SAMEORIGIN")
    }

    @Test("An outage is 502 with the internal address, a hang 504 after 30 s, and the breaker sees neither")
    func outages() async throws {
        let api = try world.api(.current)
        world.change { $0.mlflow = .refusing }
        let refused = await api.ask("GET /mlflow/x", headers: key)
        #expect(refused.status == 502)
        #expect(refused.text == #"{"detail":"Failed to connect to MLflow server at http://mlflow.localhost:5000"}"#)
        world.change { $0.mlflow = .hanging }
        let hung = await api.ask("GET /mlflow/x", headers: key)
        #expect(hung.text == #"{"detail":"MLflow server request timeout after 30.0s"}"#)
        #expect(api.monitor.snapshot.breaker.failures == 0)
    }

    @Test("Artifacts can be switched off")
    func artifacts() async throws {
        let api = try world.api(.current, environment: ["MLFLOW_SERVE_ARTIFACTS": "false"])
        let answer = await api.ask("GET /mlflow/api/2.0/mlflow-artifacts/artifacts", headers: key)
        #expect(answer.status == 503)
        #expect(answer.json?["detail"]?["error"] == "ARTIFACTS_DISABLED")
    }

    @Test(
        "Model endpoints answer as recorded",
        arguments: [
            ("GET /models/", 200, #"{"models":[]}"#), ("GET /api/models/", 200, #"{"models":[]}"#),
            ("GET /models", 307, ""), ("GET /models/production", 200, #"{"models":[]}"#),
            ("GET /models/none/1", 404, #"{"detail":"Model not found: none:1"}"#),
            ("GET /models/foo/lineage", 404, #"{"detail":"Model foo not found"}"#),
            ("GET /models/contributors/0x12/impact", 400, #"{"detail":"Invalid Ethereum address format"}"#),
            (
                "GET /models/compare?model1=a&model2=b", 400,
                #"{"detail":"Invalid model format. Use ModelName:Version"}"#
            ),
            (
                "GET /models/compare?model1=a:1&model2=a:2", 200,
                #"{"model1":{"name":"a","version":"1","accuracy":0.95},"model2":{"name":"a","version":"2","accuracy":0.97},"#
                    + #""delta":{"accuracy":0.02},"recommendation":"Use version 2"}"#
            ),
            (
                "GET /models/foo/1/metrics", 200,
                #"{"training_metrics":{"loss":0.05,"accuracy":0.95},"validation_metrics":{"loss":0.07,"accuracy":0.93},"#
                    + #""production_metrics":{"latency_ms":25,"throughput_rps":100}}"#
            ),
            ("GET /debug", 404, #"{"detail":"Debug endpoint not available"}"#),
            ("GET /sentry-debug", 500, #"{"detail":"Internal server error"}"#),
            ("GET /nope", 404, #"{"detail":"Not Found"}"#),
        ])
    func models(line: String, status: Int, body: String) async throws {
        let answer = try await world.api(.current).ask(line, headers: key)
        #expect(answer.status == status)
        #expect(answer.text == body)
    }

    @Test("An outage of MLflow looks like an empty registry in the model list")
    func swallowedErrors() async throws {
        world.change { $0.mlflow = .refusing }
        #expect(try await world.api(.current).ask("GET /models/", headers: key).text == #"{"models":[]}"#)
    }

    @Test("Registration names every missing field, and is limited to 20 a minute for each peer")
    func registration() async throws {
        let api = try world.api(.current)
        let answer = await api.ask("POST /models/register", headers: key, body: [:])
        #expect(answer.status == 422)
        #expect(
            answer.json?["detail"]?.array?.map { $0["loc"] } == [
                ["body", "model_name"], ["body", "model_type"], ["body", "model_data"],
            ])
        #expect(answer.headers["x-request-id"] != nil)
        for _ in 2...20 { _ = await api.ask("POST /models/register", headers: key, body: [:]) }
        let limited = await api.ask("POST /models/register", headers: key, body: [:])
        #expect(limited.status == 429)
        #expect(limited.text == #"{"error":"Rate limit exceeded: 20 per 1 minute"}"#)
        #expect(limited.headers["retry-after"] == nil)
        world.wait(60)
        #expect(await api.ask("POST /models/register", headers: key, body: [:]).status == 422)
    }
}
