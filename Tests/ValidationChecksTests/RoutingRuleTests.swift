import CheckKit
import HTTPClient
import Logging
import RunModel
import Settings
import TestSupport
import Testing
import UndoLog

@testable import ValidationChecks

@Suite struct RoutingRuleTests {
    private func status(_ id: CheckID, of reply: LoopbackHTTPServer.Reply) async throws -> Status {
        let server = try LoopbackHTTPServer { _ in reply }
        let text = "environment: staging\nservices:\n  api: \(server.url)\n  auth: \(server.url)\n"
        return try await withTemporaryDirectory { directory in
            let (log, http) = (UndoLog(path: directory.path + "/undo.jsonl"), HTTPClient())
            let services = RunServices(
                configuration: try Configuration.parse(text, path: "test.yaml", environment: [:]),
                runID: RunID(rawValue: "run"), http: http, undoLog: log,
                undoReplay: UndoReplay(log: log, performer: UndoPerformer(transport: http, permission: { _ in nil })),
                environment: [:], vantage: "test")
            let check = RoutingCheck(rule: try #require(RoutingRules.rules.first { $0.id == id }))
            let context = CheckContext(
                services: services, descriptor: check.descriptor, facts: [:], recorder: Recorder(),
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            return try await check.run(context).status
        }
    }

    @Test(
        "what the auth service alone answers passes, another's answer fails, and a refusal proves nothing",
        arguments: ["SH-53", "SH-54"] as [CheckID])
    func answers(_ id: CheckID) async throws {
        let own = id == "SH-53" ? LoopbackHTTPServer.Reply.response(405) : .json(#"{"service":"auth"}"#)
        #expect(try await status(id, of: own) == .passed)
        let foreign = #"{"status":"healthy","services":{"mlflow":"healthy"},"detail":"API key required"}"#
        #expect(try await status(id, of: .json(foreign, status: 401)) == .failed)
        for refusal in [429, 500, 502, 503, 504] {
            let answer = LoopbackHTTPServer.Reply.json(#"{"detail":"Rate limit exceeded"}"#, status: refusal)
            #expect(try await status(id, of: answer) == .inconclusive)
        }
    }
}
