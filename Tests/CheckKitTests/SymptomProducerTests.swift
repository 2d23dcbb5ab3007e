import Diagnosis
import Formats
import Foundation
import HTTPClient
import PostgresClient
import RunModel
import Settings
import TestSupport
import Testing

@testable import CheckKit

/// What requests, connections and statements of the other side become.
@Suite struct SymptomProducerTests {
    /// One host for everything, as `plumbline init` writes it: MLflow's address is the registry's with a path.
    private func configuration() throws -> Configuration {
        try Configuration.parse(
            """
            environment: staging
            services: { api: "http://api.localhost:8001", registry: "http://api.localhost:8001",
                        auth: "http://auth.localhost:8002" }
            """, path: "test.yaml", environment: [:])
    }

    private func findings(of symptom: Symptom, target: [String: String]) -> [Finding] {
        var run = RunRecordFixture()
        run.header.target = target
        run.add("X-1", "x", .mlflow, outcome: .failed(symptom, "m", expected: "e", got: "g"))
        return Assessment(of: run.record).findings
    }

    @Test("An API that is down is not called MLflow, though MLflow is asked under its address")
    func sharedAddress() throws {
        let configuration = try configuration()
        let url = try #require(configuration.services.mlflow) + "/health"
        let destination = try #require(configuration.destination(of: url))
        #expect(destination.door == .api && destination.asked == .mlflow)
        let error = HTTPError(code: .connectionRefused, message: "", url: url)
        let finding = try #require(
            findings(
                of: .noAnswer(error, from: destination.door),
                target: ["api": "http://api.localhost:8001", "mlflow": "http://api.localhost:8001/api/mlflow"]
            ).first)
        #expect(finding.id == "service-refuses/X-1")
        #expect(finding.title.contains("api.localhost:8001 (api, mlflow)"))
    }

    @Test(
        "An exchange shows which edges held",
        arguments: [
            ("http://api.localhost:8001/health", 200, "{}", ["vantage>service:api 1/0"]),
            (
                "http://api.localhost:8001/api/mlflow/health", 200, "OK",
                ["vantage>service:api 1/0", "service:api>service:mlflow 1/0"]
            ),
            (
                "http://api.localhost:8001/api/mlflow/health", 502, #"{"detail":"Failed to connect to MLflow"}"#,
                ["vantage>service:api 1/0", "service:api>service:mlflow 0/1"]
            ),
            (
                "http://api.localhost:8001/health", 503, "<html><center>nginx</center></html>",
                ["vantage>load-balancer 1/0", "load-balancer>service:api 0/1"]
            ),
            (
                "http://api.localhost:8001/debug", 500, #"{"detail":"Internal server error"}"#,
                ["vantage>service:api 0/1"]
            ),
            ("http://auth.localhost:8002/health", 200, "{}", ["vantage>service:auth 1/0"]),
            ("http://elsewhere.localhost/", 200, "", ["vantage>dns-name:elsewhere.localhost 1/0"]),
        ])
    func paths(url: String, status: Int, body: String, edges: [String]) throws {
        let response = HTTPResponse(status: status, body: Array(body.utf8), url: url)
        let path = try configuration().path(of: HTTPRequest(url: url), .success(response))
        #expect(path.edges.map { "\($0.from)>\($0.to) \($0.passed)/\($0.failed)" } == edges)
    }

    @Test("A key that the API accepts exonerates the auth service, and its complaint about it does not")
    func keys() throws {
        let configuration = try configuration()
        var request = HTTPRequest(url: "http://api.localhost:8001/debug")
        request.headers = [CheckContext.bearer("k")]
        func edge(_ status: Int, _ body: String) throws -> Path.Edge? {
            let response = HTTPResponse(status: status, body: Array(body.utf8), url: request.url)
            return configuration.path(of: request, .success(response)).edges.first { $0.to == .auth }
        }
        #expect(try edge(404, #"{"detail":"Not Found"}"#)?.passed == 1)
        #expect(try edge(503, #"{"detail":"Authentication service unavailable"}"#)?.failed == 1)
    }

    @Test(
        "What a health page complains of is a report about that dependency",
        arguments: [
            (
                #"{"checks":[{"name":"database","passed":false,"critical":true,"error":"password authentication failed for user \"mlflow\""}]}"#,
                Cause(.database, .refused)
            ),
            (
                #"{"checks":[{"name":"mlflow","passed":false,"error":"x"},{"name":"database","passed":false,"critical":true,"error":"connection to server timed out"}]}"#,
                Cause(.database, .hung)
            ),
            (#"{"connected":false,"error":"[Errno 111] Connection refused"}"#, Cause(.mlflow, .stopped)),
            (#"{"services":{"message_queue":"degraded"}}"#, Cause(.redis, .failing)),
        ])
    func reports(body: String, cause: Cause) throws {
        let json = try JSON.decode(JSONValue.self, from: Data(body.utf8))
        let symptom = try #require(Symptom.report(in: json))
        let findings = findings(of: symptom, target: [:])
        #expect(findings.count == 1)
        // The report alone does not tell the dependency's fault from a setting of the API or the network between.
        #expect(findings.first?.candidates.contains(cause) == true)
        #expect(findings.first?.candidates.count ?? 0 > 1)
    }

    @Test("A page without a complaint reports nothing")
    func silentPages() throws {
        for body in [#"{"status":"healthy","checks":[{"name":"database","passed":true}]}"#, "[]", "{}"] {
            #expect(Symptom.report(in: try JSON.decode(JSONValue.self, from: Data(body.utf8))) == nil)
        }
    }

    @Test(
        "An error of PostgreSQL is what its SQLSTATE says",
        arguments: [
            (PostgresError(kind: .authentication, sqlState: "28P01", message: "m"), "error.authentication"),
            (PostgresError(kind: .databaseMissing, sqlState: "3D000", message: "m"), "error.not-found"),
            (PostgresError(kind: .refused, message: "m"), "no-connection.refused"),
            (PostgresError(kind: .timeout, message: "m"), "no-connection.timed-out"),
            (PostgresError(kind: .certificate, message: "m"), "certificate.untrusted"),
        ])
    func database(error: PostgresError, name: String) {
        let target = PostgresConfiguration(host: "DB.example", port: 5432, user: "u", database: "d")
        let symptom = Symptom.noDatabase(error, at: target)
        #expect(symptom.name == name)
        if case .noConnection(let problem) = symptom { #expect(problem.place == "db.example:5432") }
    }
}
