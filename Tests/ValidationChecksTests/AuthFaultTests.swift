import HTTPClient
import RunModel
import Synchronization
import TestSupport
import Testing

@testable import ValidationChecks

/// What counts as a right answer of the API while its auth service fails; the faults themselves are for the local stack.
@Suite struct AuthFaultTests {
    private static func answer(
        _ status: Int, _ detail: String, retryAfter: String? = nil, seconds: Double = 0.02
    ) -> HTTPResponse {
        var timing = HTTPTiming()
        timing.total = .seconds(seconds)
        return HTTPResponse(
            status: status, headers: HTTPHeaders(retryAfter.map { [HTTPHeader("Retry-After", $0)] } ?? []),
            body: Array(#"{"detail": "\#(detail)"}"#.utf8), timing: timing)
    }

    private static func problem(_ id: CheckID, _ answer: HTTPResponse, _ expected: Int) throws -> Outcome? {
        let failure = try #require(AuthFaults.failures.first { $0.id == id })
        return failure.problem(in: answer, expected: expected, within: failure.limit)
    }

    @Test(
        arguments: [
            ("AU-60", answer(429, "Rate limit exceeded", retryAfter: "60"), 429),
            ("AU-60", answer(401, "Rate limit exceeded"), 401),
            ("AU-61", answer(503, "Authentication service error", retryAfter: "1"), 503),
            ("AU-62", answer(503, "Authentication service timeout", retryAfter: "1", seconds: 5.03), 503),
            ("AU-63", answer(401, "Authentication service unavailable"), 401),
        ] as [(CheckID, HTTPResponse, Int)])
    func `what the contract promises is right`(id: CheckID, answer: HTTPResponse, expected: Int) throws {
        #expect(try Self.problem(id, answer, expected) == nil)
    }

    @Test(
        arguments: [
            // Open to everybody while the auth service is out.
            ("AU-63", answer(404, "Debug endpoint not available"), 503), ("AU-61", answer(200, "welcome"), 503),
            // The outage looks like a wrong key.
            ("AU-61", answer(401, "Authentication service error"), 503),
            ("AU-63", answer(401, "Invalid or expired API key"), 401),
            ("AU-60", answer(503, "Authentication service error", retryAfter: "1"), 429),
            ("AU-62", answer(504, "late"), 503),
            // Nobody says when to come back.
            ("AU-60", answer(429, "Rate limit exceeded"), 429),
            ("AU-61", answer(503, "Authentication service error"), 503),
            // Later than any limit of the API.
            ("AU-62", answer(503, "Authentication service timeout", retryAfter: "1", seconds: 12.1), 503),
            ("AU-63", answer(503, "Authentication service unavailable", retryAfter: "1", seconds: 9), 503),
        ] as [(CheckID, HTTPResponse, Int)])
    func `everything else is not`(id: CheckID, answer: HTTPResponse, expected: Int) throws {
        #expect(try Self.problem(id, answer, expected)?.status == .failed)
    }

    /// An API that keeps what its auth service said of a key, and a fault proxy between the two.
    private final class ForgetfulOfNothing: Sendable {
        private let state = Mutex((isCut: false, refused: Set<String>()))

        func proxy(_ request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
            let body = String(decoding: request.body, as: UTF8.self).filter { !$0.isWhitespace }
            let isEnabled = state.withLock { state in
                if body.contains(#""enabled":"#) { state.isCut = body.contains(#""enabled":false"#) }
                return !state.isCut
            }
            return .json(
                #"{"name":"auth","listen":"127.0.0.1:9","upstream":"127.0.0.1:9","enabled":\#(isEnabled),"toxics":[]}"#)
        }

        func api(_ request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
            let key = request.header("Authorization") ?? ""
            if key.contains(CheckOnLoopback.keys["api"] ?? "") { return .json(#"{"detail":"Not Found"}"#, status: 404) }
            let isRefused = state.withLock { state in
                if !state.isCut { state.refused.insert(key) }
                return state.refused.contains(key)
            }
            return isRefused
                ? .json(#"{"detail":"\#(KeyPresentation.Text.invalid.rawValue)"}"#, status: 401)
                : .json(#"{"detail":"Authentication service timeout"}"#, status: 503)
        }
    }

    @Test func `a refusal that is remembered while the auth service is cut fails`() async throws {
        let system = ForgetfulOfNothing()
        let proxy = try LoopbackHTTPServer { system.proxy($0) }
        let result = try await CheckOnLoopback.run(
            "AU-64",
            further:
                "faults: { toxiproxy: \(proxy.url), proxies: { auth: auth }, effect_timeout: 5s, recovery_timeout: 5s }"
        ) { system.api($0) }
        #expect(result.outcome.isFailure(of: "AU-64", saying: "a refusal is remembered"), "\(result.told)")
    }
}
