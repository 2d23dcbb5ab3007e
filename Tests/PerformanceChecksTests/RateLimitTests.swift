import Foundation
import Synchronization
import TestSupport
import Testing

/// Limits as they occur: by route, by key, by address that the client names, with and without a word.
@Suite(.serialized) struct RateLimitTests {
    /// A server that answers so many calls of a group, and then refuses for a time.
    private func server(
        allowing allowed: Int, for time: Duration, headers: [(String, String)] = [],
        group: @escaping @Sendable (LoopbackHTTPServer.Request) -> String?
    ) throws -> LoopbackHTTPServer {
        let counts = Mutex<[String: (count: Int, since: ContinuousClock.Instant)]>([:])
        return try LoopbackHTTPServer { request in
            guard let name = group(request) else { return .json(#"{"api_version":"v1"}"#) }
            let isOver = counts.withLock { counts in
                var own = counts[name] ?? (0, .now)
                // The window begins with the first refusal, so that the test knows when it ends.
                if own.count >= allowed, own.since.duration(to: .now) > time { own = (0, .now) }
                if own.count < allowed { own.since = .now }
                own.count += 1
                counts[name] = own
                return own.count > allowed
            }
            return isOver
                ? .response(429, headers: headers, body: #"{"error":"Rate limit exceeded: 100 per 1 minute"}"#)
                : .json(#"{"api_version":"v1"}"#)
        }
    }

    @Test func `where no limit is met there is nothing to judge, and it says how far was looked`() async throws {
        let server = try LoopbackHTTPServer { _ in .json(#"{"api_version":"v1"}"#) }
        let result = try await CheckOnLoopback.run("PF-06", server)
        #expect(result.outcome.status == .skipped)
        #expect(result.told.contains("no limit was met in 150 calls"))
        #expect(server.requests.count == 151)
    }

    @Test func `a limit by route tells its words, whom it counts and when it lifts`() async throws {
        let server = try server(
            allowing: 101, for: .seconds(3), headers: [("Retry-After", "3"), ("X-RateLimit-Limit", "100")]
        ) { $0.path == "/version" ? "version" : nil }
        let result = try await CheckOnLoopback.run("PF-06", server)
        #expect(result.outcome.status == .passed, "\(result.told)")
        for words in [
            "limited after 100 calls", "other paths not limited (200)", "another X-Forwarded-For limited too",
            "open again after", "Retry-After: 3", "X-RateLimit-Limit: 100", "100 per 1 minute",
        ] { #expect(result.told.contains(words), "\(words) in \(result.told)") }
        #expect(result.metric("http.rate_limited") == 50)
    }

    @Test func `a limit that says nothing fails, and a limit by key or by named address is told apart`() async throws {
        let server = try server(allowing: 50, for: .seconds(3)) { request in
            "\(request.header("Authorization") ?? "") \(request.header("X-Forwarded-For") ?? "")"
        }
        let result = try await CheckOnLoopback.run(
            "PF-06", server, configuration: "keys: { api: \"${env:KEY_A}\", reader: \"${env:KEY_B}\" }\n")
        #expect(result.outcome.status == .failed)
        for words in [
            "429 does not say when to come back", "other paths limited too", "another key not limited (200)",
            "another X-Forwarded-For not limited (200)",
        ] { #expect(result.told.contains(words), "\(words) in \(result.told)") }
    }

    @Test func `other errors are not taken for a limit`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(503) }
        let result = try await CheckOnLoopback.run("PF-06", server)
        #expect(result.outcome.status == .inconclusive)
    }
}
