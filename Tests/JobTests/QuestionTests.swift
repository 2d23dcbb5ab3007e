import CheckKit
import Diagnosis
import Foundation
import HTTPClient
import RunModel
import Secrets
import Settings
import TestSupport
import Testing

@testable import Job

/// Ties that checks leave on real sockets, and the look before the documents that decides each: without it the run cannot tell, with
/// it the run names what is really out of order.
@Suite(.serialized) struct QuestionTests {
    /// What stands behind an API, and how.
    enum Outage: String, CaseIterable, Sendable {
        /// The API looks for MLflow at an address at which it is not.
        case settingWrong
        case serviceGone
        /// A gateway answers for whatever it cannot reach.
        case proxyDead
        case serviceDeadBehindProxy
        case settingWrongBehindProxy
        /// The API gets no answer of PostgreSQL, which answers everybody else.
        case networkCut
        case databaseGone

        var truth: Cause {
            switch self {
            case .settingWrong, .settingWrongBehindProxy: Cause(.api, .misconfigured, about: .mlflow)
            case .serviceGone, .serviceDeadBehindProxy: Cause(.mlflow, .stopped)
            case .proxyDead: Cause(.api, .stopped)
            case .networkCut: Cause(Component(.flow, "api>database"), .blocked)
            case .databaseGone: Cause(.database, .stopped)
            }
        }

        /// The only check that the run makes.
        var check: CheckID {
            switch self {
            case .settingWrong, .serviceGone: "SH-08"
            case .proxyDead, .serviceDeadBehindProxy, .settingWrongBehindProxy: "SH-60"
            case .networkCut, .databaseGone: "SH-62"
            }
        }
    }

    private static let page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

    private static func api(in outage: Outage) throws -> LoopbackHTTPServer {
        try LoopbackHTTPServer { request in
            switch (outage, request.path) {
            case (.proxyDead, _): .response(502, headers: [("Content-Type", "text/html")], body: page)
            case (_, "/live"): .json(#"{"alive": true}"#)
            case (_, "/health/mlflow"):
                .json(
                    #"{"connected": false, "circuit_breaker_state": "CLOSED", "circuit_breaker_details": {}, "#
                        + #""timestamp": "2026-02-03T04:05:06Z", "error": "[Errno 111] Connection refused"}"#)
            case (_, "/ready"):
                .json(
                    #"{"ready": false, "checks": [{"name": "database", "passed": false, "critical": true, "#
                        + #""error": "connection to server failed: "#
                        + (outage == .databaseGone ? "Connection refused" : "timeout expired") + #""}]}"#)
            default: .response(502, headers: [("Content-Type", "text/html")], body: page)
            }
        }
    }

    /// A whole run of the job with one check.
    ///
    /// - Parameter looks: whether the configuration says where the dependency can be asked.
    private static func run(_ outage: Outage, looks: Bool) async throws -> (JobRun.End, journal: String) {
        try await withTemporaryDirectory { directory in
            let api = try api(in: outage)
            let mlflow = try LoopbackHTTPServer { _ in .response(200, body: "OK") }
            let postgres = try PostgresDouble(columns: 1, rows: 1)
            if [.serviceGone, .serviceDeadBehindProxy].contains(outage) { mlflow.stop() }
            if outage == .databaseGone { postgres.stop() }
            defer {
                api.stop()
                mlflow.stop()
                postgres.stop()
            }
            let dependencies = """
                database: { host: 127.0.0.1, port: \(postgres.port), user: u, password: "${env:DB}", name: n }
                """
            let configuration = try Configuration.parse(
                """
                environment: staging
                services:
                  api: \(api.url)
                  mlflow: \(api.url)/api/mlflow
                \(looks ? "  mlflow_direct: \(mlflow.url)\n\(dependencies)" : "")
                keys: { api: "${env:KEY}" }
                """, path: directory.appending(path: "test.yaml").path,
                environment: ["DB": "fake-database-password", "KEY": "hk_test_fake_0000000000"])
            let state = directory.appending(path: "state").path
            let job = JobRun(
                configuration: configuration, options: RunOptions(only: [outage.check.rawValue]),
                state: FolderStateStore(path: state, environment: "staging"),
                output: directory.appending(path: "out"), documents: try DocumentSet(), baseline: nil,
                identity: RunIdentity(environment: [:], executable: "/dev/null"), environment: [:],
                log: LogSink(format: .text, level: .critical), shutdown: Shutdown(), guardianCommand: nil
            ) { _ in }
            let end = try await job.run()
            let store = try StateDirectory.open(path: state, environment: "staging")
            let journal = try String(
                contentsOfFile: store.run(end.record.header.runID).journalPath, encoding: .utf8)
            return (end, journal)
        }
    }

    @Test("A tie on real sockets is unknown without a look, and decided rightly with it", arguments: Outage.allCases)
    func decides(outage: Outage) async throws {
        let (blind, _) = try await Self.run(outage, looks: false)
        let open = try #require(Assessment(of: blind.record).findings.first)
        if outage != .proxyDead {
            #expect(open.fault == nil && open.candidates.contains(outage.truth), "\(open.candidates)")
            #expect(open.title.hasPrefix("Unknown, between:"))
            #expect(open.priority > .p0)
        }

        let (end, journal) = try await Self.run(outage, looks: true)
        let asked = try #require(end.record.questions)
        #expect(!asked.isEmpty && asked.count <= Question.most)
        #expect(asked.allSatisfy { $0.between.contains(outage.truth) })
        #expect(journal.contains("question-answered") && journal.contains("ASK-01"))
        // The tie is one of the checks alone: what was asked decides it.
        let undecided = Assessment(of: end.record, using: .all.subtracting(.questions)).findings.first
        #expect(undecided?.fault == nil && undecided?.candidates.contains(outage.truth) ?? false)
        let findings = Assessment(of: end.record).findings
        #expect(findings.map(\.fault) == [outage.truth])
        let finding = try #require(findings.first)
        #expect(finding.root == outage.check)
        for question in asked {
            #expect(finding.evidence.contains { $0.check == question.result.id })
        }
    }
}
