import RunModel
import TestSupport
import Testing

@testable import CheckKit
@testable import ValidationChecks

/// Every rule for an endpoint with the answer that keeps its promise, and answers that break it.
@Suite struct EndpointRuleTests {
    struct Row: Sendable, CustomStringConvertible {
        var id: CheckID
        var right: Answer
        var wrong: [Answer]
        var description: String { id.rawValue }

        init(_ id: CheckID, _ right: Answer, wrong: Answer...) {
            self.id = id
            self.right = right
            self.wrong = wrong
        }
    }

    struct Answer: Sendable {
        var status: Int
        var type: String
        var body: String

        static func json(_ body: String, status: Int = 200) -> Answer {
            Answer(status: status, type: "application/json", body: body)
        }
        static func status(_ status: Int) -> Answer { json(#"{"detail":"x"}"#, status: status) }
        static func page(_ type: String) -> Answer { Answer(status: 200, type: type, body: "a page") }

        var reply: LoopbackHTTPServer.Reply { .response(status, headers: [("Content-Type", type)], body: body) }
    }

    private static let health =
        #"{"status":"healthy","version":"1.0.0","services":{"api":"healthy"},"timestamp":"2026-01-02T03:04:05"}"#
    private static let ready = #"{"ready":true,"can_serve_traffic":true,"degraded_mode":false,"checks":[]}"#
    private static let noDatabase =
        #"{"ready":false,"can_serve_traffic":false,"degraded_mode":false,"checks":[{"name":"database","passed":false,"critical":true,"error":"refused"}]}"#
    private static let degraded = #"{"ready":false,"can_serve_traffic":true,"degraded_mode":true,"checks":[]}"#
    private static let breaker =
        #"{"circuit_breaker_state":"CLOSED","circuit_breaker_details":{},"connected":true,"timestamp":"x"}"#
    private static let version = #"{"version":"1.0.0","build_date":"x","git_commit":"0a1b2c3","api_version":"v1"}"#

    static let rows = [
        Row("SH-01", .json(health), wrong: .status(500), .json(#"{"status":"healthy"}"#), .page("text/html")),
        Row("SH-02", .json(health), wrong: .status(503), .json(#"{"status":"unhealthy"}"#)),
        Row(
            "SH-03", .json(#"{"status":"healthy","service":"hokusai-auth-service"}"#), wrong: .status(502),
            .json(#"{"status":"healthy","service":"hokusai-registry"}"#), .json(#"{"status":"degraded"}"#)),
        Row("SH-04", .json(health), wrong: .status(404), .json(#"{"status":"healthy"}"#)),
        Row(
            "SH-05", .json(#"{"alive":true,"memory_usage_mb":120}"#), wrong: .status(401),
            .json(#"{"alive":false,"memory_usage_mb":120}"#), .json(#"{"alive":true}"#)),
        Row("SH-06", .json(ready), wrong: .json(noDatabase, status: 503), .json(noDatabase), .status(500)),
        Row("SH-07", .json(ready), wrong: .json(degraded), .status(503)),
        Row(
            "SH-08", .json(breaker), wrong: .status(500), .json(breaker.replacing("true", with: "false")),
            .json(#"{"connected":true}"#)),
        Row("SH-09", .json(#"{"status":"ok"}"#), wrong: .status(503), .json("{}")),
        Row("SH-10", .json("{}"), wrong: .status(404)),
        Row("SH-11", .json(#"{"status":"ok"}"#), wrong: .status(404), .json("{}")),
        Row("SH-12", .json(health), wrong: .status(500), .json(#"{"status":"healthy"}"#)),
        Row(
            "SH-13", .json(#"{"overall_health":"healthy","services":{},"mlflow":{}}"#), wrong: .status(500),
            .json(#"{"services":{}}"#)),
        Row("SH-14", .json(version), wrong: .status(401), .json(#"{"version":"1.0.0"}"#)),
        Row("SH-15", .json(version), wrong: .json(version.replacing("0a1b2c3", with: "unknown")), .json("{}")),
        Row("SH-16", .page("text/plain; version=0.0.4"), wrong: .status(500), .json("{}")),
        Row(
            "SH-17", .json(#"{"service":"x","version":"1","health_endpoints":[]}"#), wrong: .status(401), .json("{}")),
        Row("SH-18", .page("text/html"), wrong: .status(404), .json("{}")),
        Row("SH-57", .page("text/html; charset=utf-8"), wrong: .status(404), .json("{}")),
        Row("SH-19", .json(#"{"openapi":"3.1.0","paths":{}}"#), wrong: .status(404), .json("{}")),
        Row("SH-20", .status(404), wrong: .status(200)),
        Row("SH-21", .json(#"{"service":"x"}"#), wrong: .status(500), .json("{}")),
        Row("SH-22", .status(404), wrong: .status(200), .status(401)),
        Row("SH-23", .status(404), wrong: .status(200), .status(401)),
        Row(
            "SH-24", Answer(status: 405, type: "text/plain", body: ""), wrong: .init(status: 200, type: "x/y", body: "")
        ),
        Row("SH-25", .status(405), wrong: .status(200), .status(500)),
        Row("SH-26", .status(200), wrong: .status(401)),
        Row("SH-27", .status(401), wrong: .status(200), .status(404)),
        Row("SH-28", .status(401), wrong: .status(404), .status(200)),
        Row("SH-29", .status(404), wrong: .status(401), .status(200)),
        Row("SH-30", .status(404), wrong: .status(401), .status(200)),
        Row("SH-41", .status(401), wrong: .status(200), .status(404)),
        Row("SH-42", .status(401), wrong: .status(200), .status(404)),
        Row("SH-43", .status(401), wrong: .status(200), .status(404)),
        Row("SH-44", .status(401), wrong: .status(200), .status(502)),
        Row("AU-40", .page("text/html"), wrong: .status(500), .status(401)),
        Row("AU-41", .json(#"{"openapi":"3.1.0"}"#), wrong: .status(500), .json("{}")),
        Row("AU-42", .status(405), wrong: .status(200), .status(500)),
        Row("AU-43", .status(401), wrong: .status(200), .status(500)),
    ]

    @Test("the promised answer passes", arguments: rows) func right(row: Row) async throws {
        let result = try await CheckOnLoopback.run(row.id) { _ in row.right.reply }
        #expect(result.status == .passed, "\(row): \(result.told)")
    }

    @Test("another answer fails", arguments: rows) func wrong(row: Row) async throws {
        for answer in row.wrong {
            let result = try await CheckOnLoopback.run(row.id) { _ in answer.reply }
            #expect(result.status == .failed, "\(row) on \(answer): \(result.told)")
        }
    }

    @Test("every rule has its row") func complete() {
        let rules =
            ServiceEndpoints.hosts + ServiceEndpoints.health + ServiceEndpoints.operations
            + ServiceEndpoints.middleware + ServiceEndpoints.components + AuthService.pages
        #expect(Set(rules.map(\.id)) == Set(Self.rows.map(\.id)))
    }

    @Test(
        "a page that a deployment may be without is skipped where it is absent", arguments: ["SH-21", "AU-40", "AU-41"])
    func absent(id: CheckID) async throws {
        let result = try await CheckOnLoopback.run(id) { _ in Answer.status(404).reply }
        #expect(result.status == .skipped, "\(result.told)")
    }
}
