import CheckKit
import DegradationChecks
import Foundation
import HTTPClient
import Logging
import RunModel
import Settings
import TestSupport
import Testing
import UndoLog

/// The scripts of the breaker tests on the reference machine, without any deployment.
@Suite struct ReferenceBreakerScriptTests {
    static let scripted = [
        "CB-02", "CB-03", "CB-04", "CB-05", "CB-06", "CB-07", "CB-10", "CB-11", "CB-12", "CB-13", "CB-14", "CB-15",
        "CB-22", "CB-23",
    ]

    @Test(
        "without leave to break MLflow the script runs on the reference alone, satisfies it, and is no pass",
        arguments: scripted, ["B", "fixed"])
    func modelOnly(id: String, profile: String) async throws {
        try await withTemporaryDirectory { directory in
            let configuration = try Configuration.parse(
                "environment: test\nservices: { api: http://127.0.0.1:9 }\n", path: "test.yaml", environment: [:])
            let check = try #require(
                DegradationCatalogue.list.checks(for: configuration).first { $0.descriptor.id.rawValue == id })
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            let http = HTTPClient()
            let recorder = Recorder()
            let context = CheckContext(
                services: RunServices(
                    configuration: configuration, runID: RunID(rawValue: "run"), http: http, undoLog: log,
                    undoReplay: UndoReplay(
                        log: log, performer: UndoPerformer(transport: http, permission: { _ in nil })),
                    environment: [:],
                    vantage: "test"), descriptor: check.descriptor, facts: [.profile: profile],
                recorder: recorder, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let outcome = try await check.run(context)
            #expect(outcome.status == .skipped)
            #expect(outcome.message.contains("which does as the test asks"), "\(outcome.message)")
            #expect(recorder.contents.subject == .model)
            #expect(try log.entries().isEmpty)
        }
    }
}
