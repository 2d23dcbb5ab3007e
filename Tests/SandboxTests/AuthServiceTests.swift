import Foundation
import Synchronization
import Testing

@testable import plumbline_sandbox

/// The auth service of the local stack.
@Suite struct AuthServiceTests {
    private static let admin: ServiceHeaders = ["authorization": "Bearer sandbox-admin"]

    private static let keys = """
        [{"key":"hk_test_sandbox_good","key_id":"good","user_id":"u","email":"u@example.invalid","is_admin":true,
          "roles":["admin"],"balance":2,"service_ids":["platform"]},
         {"key":"hk_test_sandbox_revoked","key_id":"revoked","status":"revoked"},
         {"key":"hk_test_sandbox_expired","key_id":"expired","status":"expired"},
         {"key":"hk_test_sandbox_site","key_id":"site","service_ids":["website"]},
         {"key":"hk_test_sandbox_home","key_id":"home","allowed_ips":["10.0.0.7"]},
         {"key":"hk_test_sandbox_few","key_id":"few","rate_limit_per_hour":2}]
        """

    private final class Clock: Sendable {
        private let seconds = Mutex(1_800_000_000.0)
        var now: Double { seconds.withLock { $0 } }
        func wait(_ more: Double) { seconds.withLock { $0 += more } }
    }

    private let clock = Clock()

    private func service(_ behaviour: AuthBehaviour = .normal) throws -> AuthService {
        let records = try JSONDecoder().decode([KeyRecord].self, from: Data(Self.keys.utf8))
        let clock = clock
        return AuthService(
            keys: records, adminToken: "sandbox-admin", behaviour: behaviour, now: { clock.now },
            pause: { clock.wait($0) })
    }

    private func validate(
        _ service: AuthService, _ key: String, service id: String = "platform", address: String = "10.0.0.1"
    ) async -> ServiceResponse {
        let body: JSONValue = ["service_id": .string(id), "client_ip": .string(address)]
        return await service.respond(
            to: ServiceRequest(
                "POST", "/api/v1/keys/validate", headers: ["authorization": "Bearer " + key],
                body: Array(body.text().utf8)))
    }

    @Test(
        "A key is valid only for its service, its addresses and while it is active",
        arguments: [
            ("hk_test_sandbox_good", "platform", "10.0.0.1", 200), ("hk_test_sandbox_good", "website", "10.0.0.1", 401),
            ("hk_test_sandbox_good", "ml-platform", "10.0.0.1", 401),
            ("hk_test_sandbox_revoked", "platform", "10.0.0.1", 401),
            ("hk_test_sandbox_expired", "platform", "10.0.0.1", 401),
            ("hk_test_sandbox_site", "platform", "10.0.0.1", 401), ("hk_test_sandbox_site", "website", "10.0.0.1", 200),
            ("hk_test_sandbox_home", "platform", "10.0.0.1", 401),
            ("hk_test_sandbox_home", "platform", "10.0.0.7", 200),
            ("unknown", "platform", "10.0.0.1", 401),
        ])
    func validation(key: String, id: String, address: String, status: Int) async throws {
        let answer = await validate(try service(), key, service: id, address: address)
        #expect(answer.status == status)
        if status == 401 { #expect(answer.text == #"{"detail":"Invalid or expired API key"}"#) }
    }

    @Test("A valid key is described with every field the API reads")
    func description() async throws {
        let body = await validate(try service(), "hk_test_sandbox_good").json
        #expect(body?["key_id"] == "good")
        #expect(body?["is_admin"] == true)
        #expect(body?["user"]?["email"] == "u@example.invalid")
        #expect(body?["has_sufficient_balance"] == true)
        #expect(body?["balance"]?.number == 2)
        let caller = try #require(body.flatMap(Caller.init))
        #expect(caller.roles.contains("admin"))
    }

    @Test("A key in the body instead of the header is no key, which was the outage of July 2025")
    func bodyKey() async throws {
        let body: JSONValue = ["api_key": "hk_test_sandbox_good", "service_id": "platform"]
        let answer = try await service().respond(
            to: ServiceRequest("POST", "/api/v1/keys/validate", body: Array(body.text().utf8)))
        #expect(answer.status == 401)
        #expect(answer.text == #"{"detail":"API key required"}"#)
    }

    @Test("The hourly limit is per key and ends with the hour")
    func rateLimit() async throws {
        let service = try service()
        #expect(await validate(service, "hk_test_sandbox_few").status == 200)
        #expect(await validate(service, "hk_test_sandbox_few").status == 200)
        let limited = await validate(service, "hk_test_sandbox_few")
        #expect(limited.status == 429)
        #expect(Int(limited.headers["retry-after"] ?? "") ?? 0 > 0)
        #expect(await validate(service, "hk_test_sandbox_home", address: "10.0.0.7").status == 200)
        clock.wait(3600)
        #expect(await validate(service, "hk_test_sandbox_few").status == 200)
    }

    @Test("A key that is made for a time ends by itself")
    func expiresAt() async throws {
        let service = try service()
        let ends = Date(timeIntervalSince1970: clock.now + 600).formatted(.iso8601)
        let body: JSONValue = ["name": "probe", "service_id": "platform", "expires_at": .string(ends)]
        let created = await service.respond(
            to: ServiceRequest("POST", "/api/v1/keys", headers: Self.admin, body: Array(body.text().utf8)))
        let key = try #require(created.json?["api_key"]?.string)
        #expect(await validate(service, key).status == 200)
        clock.wait(601)
        #expect(await validate(service, key).status == 401)
    }

    @Test("Management asks for the admin token; a rotated key lives on for a day, a deleted one not at all")
    func management() async throws {
        let service = try service()
        let body: JSONValue = ["name": "ci", "service_id": "platform", "rate_limit_per_hour": 5]
        let request = ServiceRequest("POST", "/api/v1/keys", headers: Self.admin, body: Array(body.text().utf8))
        var stranger = request
        stranger.headers = [:]
        #expect(await service.respond(to: stranger).status == 401)
        let created = await service.respond(to: request)
        #expect(created.status == 201)
        let key = try #require(created.json?["api_key"]?.string)
        let id = try #require(created.json?["key_id"]?.string)
        #expect(created.json?["rate_limit_per_hour"] == 10)
        #expect(await validate(service, key).status == 200)

        let rotated = await service.respond(
            to: ServiceRequest("POST", "/api/v1/keys/\(id)/rotate", headers: Self.admin))
        let newKey = try #require(rotated.json?["api_key"]?.string)
        #expect(newKey != key)
        #expect(await validate(service, key).status == 200)
        clock.wait(86_401)
        #expect(await validate(service, key).status == 401)
        #expect(await validate(service, newKey).status == 200)

        let list = await service.respond(to: ServiceRequest("GET", "/api/v1/keys", headers: Self.admin))
        #expect(list.status == 200)
        #expect(!list.text.contains(newKey))
        let gone = await service.respond(
            to: ServiceRequest("DELETE", "/api/v1/keys/good", headers: Self.admin))
        #expect(gone.status == 204)
        #expect(await validate(service, "hk_test_sandbox_good").status == 401)
        let missing = await service.respond(to: ServiceRequest("DELETE", "/api/v1/keys/none", headers: Self.admin))
        #expect(missing.status == 404)
    }

    @Test("Debits run a balance down to an explicit refusal")
    func debit() async throws {
        let service = try service()
        let request = ServiceRequest("POST", "/api/v1/usage/good/debit")
        #expect(await service.respond(to: request).status == 200)
        #expect(await service.respond(to: request).status == 200)
        let refused = await service.respond(to: request)
        #expect(refused.status == 402)
        #expect(refused.text == #"{"reason":"no credit","reason_code":"INSUFFICIENT_BALANCE"}"#)
        #expect(await service.respond(to: ServiceRequest("GET", "/_sandbox/usage")).json == ["good": 3])
    }

    @Test("Behaviours are set from loopback and leave the control itself alone")
    func behaviours() async throws {
        let service = try service()
        let health = ServiceRequest("GET", "/health")
        let set = { (text: String) -> ServiceRequest in
            ServiceRequest("PUT", "/_sandbox/behaviour", body: Array(#"{"behaviour":"\#(text)"}"#.utf8))
        }
        #expect(await service.respond(to: set("500")).status == 200)
        #expect(await service.respond(to: health).status == 500)
        #expect(await service.respond(to: set("429")).status == 200)
        #expect(await validate(service, "hk_test_sandbox_good").status == 429)
        #expect(await service.respond(to: set("slow=8")).status == 200)
        let before = clock.now
        #expect(await service.respond(to: health).status == 200)
        #expect(clock.now - before == 8)
        #expect(await service.respond(to: set("sideways")).status == 422)
        #expect(await service.respond(to: set("normal")).status == 200)
        #expect(await service.respond(to: health).json?["service"] == "hokusai-auth-service")
    }

    @Test("A GET on the validation is not allowed")
    func wrongMethod() async throws {
        #expect(try await service().respond(to: ServiceRequest("GET", "/api/v1/keys/validate")).status == 405)
    }
}
