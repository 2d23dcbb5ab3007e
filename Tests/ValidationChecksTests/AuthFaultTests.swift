import HTTPClient
import RunModel
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
}
