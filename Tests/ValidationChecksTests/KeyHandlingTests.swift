import RunModel
import Synchronization
import TestSupport
import Testing

@testable import ValidationChecks

/// What happens to keys beyond yes and no, and what the auth service itself says of them.
@Suite struct KeyHandlingTests {
    private static let verdict =
        #"{"user_id":"u","key_id":"k","service_id":"platform","scopes":["model:read"],"rate_limit_per_hour":1000}"#
    private static let refusal = LoopbackHTTPServer.Reply.json(#"{"detail":"Invalid or expired API key"}"#, status: 401)

    @Test(
        "a validation with another verdict fails",
        arguments: [
            ("AU-44", 200, verdict, 401, "{}"), ("AU-44", 200, verdict, 200, #"{"user_id":"u"}"#),
            ("AU-45", 401, "{}", 200, verdict), ("AU-46", 401, "{}", 200, verdict),
            ("AU-47", 401, "{}", 200, verdict), ("AU-48", 401, "{}", 200, verdict), ("AU-48", 401, "{}", 500, "{}"),
        ] as [(CheckID, Int, String, Int, String)])
    func validation(id: CheckID, status: Int, body: String, wrongStatus: Int, wrongBody: String) async throws {
        let right = try await CheckOnLoopback.run(id) { _ in .json(body, status: status) }
        #expect(right.status == .passed, "\(right.told)")
        let wrong = try await CheckOnLoopback.run(id) { _ in .json(wrongBody, status: wrongStatus) }
        #expect(wrong.status == .failed, "\(wrong.told)")
    }

    @Test("AU-50: a proxy that drops the key fails, one that hands it on passes") func forwarding() async throws {
        let dropping = try await CheckOnLoopback.run("AU-50") { request in
            request.path == "/debug"
                ? .json(#"{"detail":"x"}"#, status: 404) : .json(#"{"detail":"API key required"}"#, status: 401)
        }
        #expect(dropping.status == .failed, "\(dropping.told)")
        let good = try await CheckOnLoopback.run("AU-50") { request in
            request.path == "/debug" ? .json(#"{"detail":"x"}"#, status: 404) : .json(#"{"experiments":[]}"#)
        }
        #expect(good.status == .passed, "\(good.told)")
    }

    @Test("AU-51: an answer that repeats a key fails") func echo() async throws {
        let echoing = try await CheckOnLoopback.run("AU-51") { request in
            .json(#"{"detail":"no such key: \#(request.header("X-API-Key") ?? "")"}"#, status: 401)
        }
        #expect(echoing.status == .failed, "\(echoing.told)")
        #expect(echoing.told.contains("GET /models/"))
        let silent = try await CheckOnLoopback.run("AU-51") { _ in Self.refusal }
        #expect(silent.status == .passed, "\(silent.told)")
    }

    @Test("AU-52: a key that is answered differently fails") func caching() async throws {
        let calls = Mutex(0)
        let changing = try await CheckOnLoopback.run("AU-52") { _ in
            calls.withLock {
                $0 += 1; return $0
            } == 3 ? Self.refusal : .json("{}", status: 404)
        }
        #expect(changing.status == .failed, "\(changing.told)")
        let steady = try await CheckOnLoopback.run("AU-52") { _ in .json("{}", status: 404) }
        #expect(steady.status == .passed, "\(steady.told)")
        let refused = try await CheckOnLoopback.run("AU-52") { _ in Self.refusal }
        #expect(refused.status == .inconclusive, "\(refused.told)")
    }

    @Test("AU-54: a refusal for too many requests without a time fails") func limit() async throws {
        let mute = try await CheckOnLoopback.run("AU-54") { _ in .response(429) }
        #expect(mute.status == .failed, "\(mute.told)")
        let clear = try await CheckOnLoopback.run("AU-54") { _ in .response(429, headers: [("Retry-After", "60")]) }
        #expect(clear.status == .passed, "\(clear.told)")
        let rising = Mutex(0)
        let odd = try await CheckOnLoopback.run("AU-54") { _ in
            .response(404, headers: [("X-RateLimit-Remaining", "\(rising.withLock { $0 += 1; return $0 })")])
        }
        #expect(odd.status == .failed, "\(odd.told)")
        let none = try await CheckOnLoopback.run("AU-54") { _ in .response(404) }
        #expect(none.status == .skipped, "\(none.told)")
    }

    @Test("AU-55: an account without balance that is let in fails in B") func balance() async throws {
        let open = try await CheckOnLoopback.run("AU-55") { _ in .json(#"{"models":[]}"#) }
        #expect(open.status == .failed, "\(open.told)")
        let refused = try await CheckOnLoopback.run("AU-55") { _ in
            .json(#"{"detail":"Insufficient balance"}"#, status: 402)
        }
        #expect(refused.status == .passed, "\(refused.told)")
    }
}
