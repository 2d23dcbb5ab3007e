import Foundation
import Glibc
import RunModel
import Secrets
import TestSupport
import Testing

@testable import UndoLog

/// What somebody writes into an undo log is done only when a run with this configuration could have written it.
@Suite struct UndoPermissionTests {
    static let permission = UndoPermission(
        services: ["https://api.example.com", "https://auth.example.com", "https://api.example.com/api/mlflow"],
        key: { $0 == "api-key" ? "the-key" : nil }, faultProxyAPI: "http://proxies.example.com:8474",
        faultProxies: ["mlflow", "postgres"], commands: [["free-memory", "--now"]], clusters: ["staging"],
        ecsServices: ["mlflow-staging"], bucket: "artifacts-staging")

    static func keyed(
        _ url: String, method: String = "DELETE", body: String? = nil, key: String = "the-key",
        secret: String = "api-key"
    ) -> UndoAction {
        var request = UndoAction.HTTPAction(
            method: method, url: url, body: body, expectedStatuses: [200],
            secretHeader: .init(name: "Authorization", prefix: "Bearer ", secret: secret))
        let proof = request.proof(with: key)
        request.secretHeader?.proof = proof
        return .http(request)
    }

    static func bare(_ method: String, _ url: String, body: String? = nil, headers: [String: String] = [:])
        -> UndoAction
    {
        .http(.init(method: method, url: url, headers: headers, body: body, expectedStatuses: [200]))
    }

    @Test(
        "what runs write down is performed",
        arguments: [
            keyed("https://api.example.com/api/mlflow/api/2.0/mlflow/registered-models/delete"),
            keyed("https://auth.example.com/api/v1/keys/17"),
            bare("POST", "http://proxies.example.com:8474/proxies/mlflow", body: #"{"enabled":true}"#),
            bare("DELETE", "http://proxies.example.com:8474/proxies/postgres/toxics/plumbline"),
            bare("DELETE", "http://proxies.example.com:8474/proxies/plumbline-lock-20260101T000000Z-000000"),
            .command(.init(arguments: ["free-memory", "--now"], deadline: .seconds(5))),
            .process(.init(pid: 4711, startTime: 1, signal: SIGCONT)),
            .process(.init(pid: 4711, startTime: 1, signal: SIGKILL, wholeGroup: true)),
            .stopTasks(.init(cluster: "staging", startedBy: "plumbline-0123456789abcdef")),
            .setDesiredCount(.init(cluster: "staging", service: "mlflow-staging", desiredCount: 2)),
            .deleteObject(.init(bucket: "artifacts-staging", key: "artifacts/plumbline-probe/20260101T000000Z-000000")),
        ] as [UndoAction])
    func permitted(action: UndoAction) { #expect(Self.permission.refusal(of: action) == nil) }

    @Test(
        "what no run of this configuration writes down is refused",
        arguments: [
            // Commands.
            .command(.init(arguments: ["free-memory"], deadline: .seconds(5))),
            .command(.init(arguments: ["free-memory", "--now", ";", "true"], deadline: .seconds(5))),
            .command(.init(arguments: ["/bin/sh", "-c", "touch /tmp/owned"], deadline: .seconds(5))),
            .command(.init(arguments: [], deadline: .seconds(5))),
            // A key to somebody else, a secret that is no key, and requests that nobody with the key wrote down.
            keyed("https://elsewhere.example.net/steal"), keyed("https://api.example.com.elsewhere.example.net/"),
            keyed("https://api.example.com@elsewhere.example.net/"), keyed("http://api.example.com/"),
            keyed("https://api.example.com/../x"), keyed("https://api.example.com/%2E%2e/x"),
            keyed("https://api.example.com/x", key: "another-key"),
            keyed("https://api.example.com/x", secret: "database-password"),
            .http(
                .init(
                    method: "DELETE", url: "https://api.example.com/models/production", expectedStatuses: [200],
                    secretHeader: .init(name: "Authorization", secret: "api-key"))),
            // Requests without a key.
            bare("DELETE", "https://api.example.com/models/production"),
            bare("GET", "http://169.254.169.254/latest/meta-data/"),
            bare("POST", "http://proxies.example.com:8474/proxies/mlflow", body: #"{"enabled":false}"#),
            bare("POST", "http://proxies.example.com:8474/proxies/mlflow", body: #"{"upstream":"elsewhere:1"}"#),
            bare("DELETE", "http://proxies.example.com:8474/proxies/mlflow"),
            bare("DELETE", "http://proxies.example.com:8474/proxies/mlflow/toxics/theirs"),
            bare("POST", "http://proxies.example.com:8474/reset"),
            bare(
                "DELETE", "http://proxies.example.com:8474/proxies/plumbline-x",
                headers: ["Host": "elsewhere.example.net"]),
            .find(
                .init(
                    search: .init(method: "GET", url: "https://elsewhere.example.net/", expectedStatuses: [200]),
                    identifierPath: "id",
                    then: .init(method: "POST", url: "https://api.example.com/", expectedStatuses: [200]))),
            // Signals.
            .process(.init(pid: 1, startTime: 1, signal: SIGKILL, wholeGroup: true)),
            .process(.init(pid: 0, startTime: 1, signal: SIGKILL)),
            .process(.init(pid: -1, startTime: 1, signal: SIGKILL)),
            .process(.init(pid: 4711, startTime: 1, signal: SIGSTOP)),
            // AWS.
            .stopTasks(.init(cluster: "production", startedBy: "plumbline-0123456789abcdef")),
            .stopTasks(.init(cluster: "staging", startedBy: "ecs-svc/1")),
            .setDesiredCount(.init(cluster: "staging", service: "api-staging", desiredCount: 2)),
            .setDesiredCount(.init(cluster: "staging", service: "mlflow-staging", desiredCount: 0)),
            .setDesiredCount(.init(cluster: "production", service: "mlflow-staging", desiredCount: 2)),
            .deleteObject(.init(bucket: "artifacts-staging", key: "artifacts/model/MLmodel")),
            .deleteObject(.init(bucket: "artifacts-staging", key: "artifacts/plumbline-probe/../model")),
            .deleteObject(.init(bucket: "artifacts-production", key: "artifacts/plumbline-probe/x")),
        ] as [UndoAction])
    func refused(action: UndoAction) { #expect(Self.permission.refusal(of: action) != nil, "\(action)") }

    static let open = UndoPermission(openMLflow: ["http://mlflow.example.com/api/2.0"])

    @Test(
        "where MLflow asks for no key, only what checks make there is taken away",
        arguments: [
            (
                bare(
                    "DELETE", "http://mlflow.example.com/api/2.0/mlflow/registered-models/delete",
                    body: #"{"name":"plumbline-model-1"}"#), true
            ),
            (
                bare(
                    "DELETE", "http://mlflow.example.com/api/2.0/mlflow/registered-models/delete",
                    body: #"{"name":"production"}"#), false
            ),
            (bare("DELETE", "http://mlflow.example.com/api/2.0/mlflow-artifacts/artifacts/1/abc"), true),
            (
                bare(
                    "POST", "http://mlflow.example.com/api/2.0/mlflow/experiments/delete",
                    body: #"{"experiment_id":"1"}"#), false
            ),
            (bare("POST", "http://mlflow.example.com/api/2.0/mlflow/runs/delete", body: #"{"run_id":"1"}"#), false),
        ])
    func openMLflow(action: UndoAction, isPermitted: Bool) {
        #expect((Self.open.refusal(of: action) == nil) == isPermitted)
    }

    @Test("a record that is written down carries the proof of the key, and what is kept for people does not")
    func proof() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl", key: { $0 == "api-key" ? "the-key" : nil })
            let request = UndoAction.HTTPAction(
                method: "DELETE", url: "https://auth.example.com/api/v1/keys/17", expectedStatuses: [200],
                secretHeader: .init(name: "Authorization", secret: "api-key"))
            #expect(Self.permission.refusal(of: .http(request)) != nil)
            try log.open(UndoLogTests.record("a", actions: [.http(request)]))
            let written = try #require(try log.openRecords().first?.actions.first)
            #expect(Self.permission.refusal(of: written) == nil)
            let history = String(decoding: try log.entries().lines(redactor: Redactor([])).bytes, as: UTF8.self)
            #expect(history.contains("keys/17") && !history.contains("proof"))
        }
    }

    @Test("what is refused is not tried again, stays open and says what to do")
    func stays() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            let mark = directory.appending(path: "owned")
            try log.open(
                UndoLogTests.record(
                    "a", actions: [.command(.init(arguments: ["touch", mark.path], deadline: .seconds(5)))]))
            let performer = UndoPerformer(transport: ScriptedTransport(), permission: Self.permission.refusal)
            let report = try await UndoReplay(log: log, performer: performer)
                .run(.all, by: "undo", patience: .seconds(3600))
            #expect(report.failed.count == 1)
            #expect(report.failed.first?.reason.contains("not performed") == true)
            #expect(try log.openRecords().map(\.id) == ["a"])
            #expect(!FileManager.default.fileExists(atPath: mark.path))
        }
    }
}
