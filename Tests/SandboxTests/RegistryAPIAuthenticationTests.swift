import Testing

@testable import plumbline_sandbox

/// Keys: how they are presented, what the auth service's answers become, who may do what.
@Suite struct RegistryAPIAuthenticationTests {
    let world = RegistryWorld()

    @Test(
        "A key is found where the contract says, and nowhere else",
        arguments: [
            (["authorization": "Bearer k1"], nil, "k1"), (["authorization": "ApiKey k1"], nil, "k1"),
            (["authorization": "bearer k1"], nil, nil), (["authorization": "k1"], nil, nil),
            (["authorization": "Bearerk1"], nil, nil), (["authorization": "Bearer "], nil, nil),
            (["authorization": "Bearer  k1"], nil, " k1"), (["authorization": "Basic dTpw"], nil, nil),
            (["x-api-key": "k2"], nil, "k2"), (["X-API-KEY": "k2"], nil, "k2"), ([:], "k3", "k3"),
            (["authorization": "Bearer k1", "x-api-key": "k2"], "k3", "k1"), (["x-api-key": "k2"], "k3", "k2"),
            ([:], nil, nil), ([:], "", nil),
        ] as [([String: String], String?, String?)])
    func presentation(headers: [String: String], query: String?, key: String?) {
        let fields = ServiceHeaders(headers.map { .init(name: $0.key, value: $0.value) })
        #expect(KeyPresentation.key(in: fields, query: query) == key)
    }

    @Test(
        "Failures of the auth service become what the profile says",
        arguments: [
            (ProfileName.baseline, 429, 401, "Rate limit exceeded", nil),
            (.current, 429, 429, "Rate limit exceeded", "60"),
            (.middle, 500, 401, "Authentication service error", nil),
            (.current, 500, 503, "Authentication service error", "1"),
            (.current, 403, 503, "Authentication service error", "1"),
            (.current, 401, 401, "Invalid or expired API key", nil),
            (.baseline, 401, 401, "Invalid or expired API key", nil),
        ] as [(ProfileName, Int, Int, String, String?)])
    func authStatus(profile: ProfileName, sent: Int, status: Int, text: String, retryAfter: String?) async throws {
        let api = try world.api(profile)
        world.change { $0.authStatus = sent }
        let answer = await api.ask("GET /models/", key: "hk_test_sandbox_admin")
        #expect(answer.status == status)
        #expect(answer.json == ["detail": .string(text)])
        #expect(answer.headers["retry-after"] == retryAfter)
    }

    @Test("A hanging auth service is given up after 5 seconds, a dead one at once")
    func authOutage() async throws {
        let api = try world.api(.current)
        world.change { $0.auth = .hanging }
        let before = api.dependencies.now()
        let slow = await api.ask("GET /models/", key: "hk_test_sandbox_admin")
        #expect(slow.status == 503)
        #expect(slow.json?["detail"] == "Authentication service timeout")
        #expect(api.dependencies.now() - before == 5)
        world.change { $0.auth = .refusing }
        let dead = await api.ask("GET /models/", key: "hk_test_sandbox_admin")
        #expect(dead.json?["detail"] == "Authentication service unavailable")
        #expect(try await world.api(.middle).ask("GET /models/", key: "x").status == 401)
    }

    @Test(
        "Who may use the registry depends on the profile",
        arguments: [
            (ProfileName.current, "hk_test_sandbox_reader", "GET", 403),
            (.current, "hk_test_sandbox_writer", "GET", 403),
            (.current, "hk_test_sandbox_admin", "GET", 200), (.fixed, "hk_test_sandbox_writer", "POST", 403),
            (.middle, "hk_test_sandbox_reader", "GET", 200), (.middle, "hk_test_sandbox_reader", "POST", 403),
            (.middle, "hk_test_sandbox_writer", "POST", 200), (.baseline, "hk_test_sandbox_reader", "POST", 200),
        ])
    func registryRule(profile: ProfileName, key: String, method: String, status: Int) async throws {
        let answer = try await world.api(profile).ask(
            "\(method) /api/mlflow/api/2.0/mlflow/experiments/search", key: key)
        #expect(answer.status == status)
        if status == 403 {
            #expect(answer.json?["error"] == (profile == .middle ? "FORBIDDEN" : "REGISTRY_ADMIN_REQUIRED"))
        }
    }

    @Test("An admin is known by flag, e-mail, scope or role")
    func admins() throws {
        let access = RegistryAccess(rule: .admin, adminEmails: ["boss@example.invalid"], adminScopes: ["mlflow:admin"])
        let cases: [(JSONValue, Bool)] = [
            (["is_admin": true], true), (["user": ["is_admin": true]], true), (["email": "Boss@example.invalid"], true),
            (["scopes": ["mlflow:admin"]], true), (["roles": ["mlflow:admin"]], true),
            (["scopes": ["model:write"], "email": "x@example.invalid"], false), ([:], false),
        ]
        for (body, expected) in cases {
            let caller = try #require(Caller(body))
            #expect(access.isAdmin(caller) == expected, "\(body.text())")
        }
    }

    @Test("B debits before a call outside the registry, and only an explicit refusal stops it")
    func billing() async throws {
        let api = try world.api(.current)
        #expect(
            await api.ask("GET /models/", key: "hk_test_sandbox_poor").text == #"{"detail":"Insufficient balance"}"#)
        #expect(await api.ask("GET /models/", key: "hk_test_sandbox_reader").status == 200)
        #expect(world.calls(to: "/api/v1/usage/k3/debit").count == 1)
        world.change { $0.debitStatus = 402 }
        let refused = await api.ask("GET /models/", key: "hk_test_sandbox_reader")
        #expect(refused.status == 402)
        #expect(
            refused.text
                == #"{"error":"usage_debit_rejected","reason":"no credit","reason_code":"INSUFFICIENT_BALANCE"}"#)
        world.change { $0.debitStatus = 500 }
        #expect(await api.ask("GET /models/", key: "hk_test_sandbox_reader").status == 200)
    }

    @Test("A validated key is kept in Redis; without Redis every request costs a call; A has no Redis")
    func cache() async throws {
        let api = try world.api(.current)
        for _ in 1...3 { _ = await api.ask("GET /debug", key: "hk_test_sandbox_reader") }
        #expect(world.calls(to: "/keys/validate").count == 1)
        world.change {
            $0.redis = .refusing
            $0.keys["hk_test_sandbox_reader"] = nil
        }
        #expect(await api.ask("GET /debug", key: "hk_test_sandbox_reader").status == 401)
        let baseline = try world.api(.baseline)
        for _ in 1...3 { _ = await baseline.ask("GET /debug", key: "hk_test_sandbox_admin") }
        #expect(world.calls(to: "/keys/validate").count == 5)
    }

    @Test("The validation call carries the key in the header, the service and the caller's first address in the body")
    func validationCall() async throws {
        let api = try world.api(.current)
        _ = await api.ask(
            "GET /debug", headers: ["x-api-key": "hk_test_sandbox_reader", "x-forwarded-for": "10.0.0.7, 10.0.0.1"])
        let call = try #require(world.calls(to: "/keys/validate").first)
        #expect(call.method == "POST")
        #expect(call.headers["authorization"] == "Bearer hk_test_sandbox_reader")
        let body = JSONValue.parse(call.body ?? [])
        #expect(body?["service_id"] == "platform")
        #expect(body?["client_ip"] == "10.0.0.7")
    }

    @Test("A preflight passes without a key from M on; refusals carry no CORS headers")
    func crossOrigin() async throws {
        let api = try world.api(.current)
        let preflight: ServiceHeaders = ["origin": "http://x.test", "access-control-request-method": "GET"]
        let answer = await api.ask("OPTIONS /models/", headers: preflight)
        #expect(answer.text == "OK")
        #expect(answer.headers["access-control-allow-origin"] == "http://x.test")
        #expect(answer.headers["access-control-max-age"] == "600")
        let refused = await api.ask("GET /models/", headers: ["origin": "http://x.test"])
        #expect(refused.status == 401)
        #expect(refused.headers["access-control-allow-origin"] == nil)
        let allowed = await api.ask("GET /health", headers: ["origin": "http://x.test"])
        #expect(allowed.headers["access-control-allow-origin"] == "*")
    }
}
