import Foundation
import HTTPClient
import Logging
import RunModel
import Settings
import TestSupport
import Testing
import UndoLog

@testable import CheckKit
@testable import PerformanceChecks

/// One check of the catalogue against a scripted API, with leave for everything.
struct CheckOnLoopback {
    let outcome: Outcome
    let recorded: Recorder.Contents

    /// - Parameter configuration: further lines of the configuration.
    static func run(
        _ id: CheckID, _ server: LoopbackHTTPServer, configuration: String = ""
    ) async throws -> CheckOnLoopback {
        try await run(id, services: "services: { api: \(server.url) }\n" + configuration)
    }

    /// - Parameter text: the configuration without its environment.
    static func run(_ id: CheckID, services text: String) async throws -> CheckOnLoopback {
        try await withTemporaryDirectory { directory in
            let configuration = try Configuration.parse(
                "environment: staging\n" + text, path: "test.yaml",
                environment: ["KEY_A": "hk_test_one_key", "KEY_B": "hk_test_two_key"])
            let check = try #require(
                PerformanceCatalogue.list.checks(for: configuration).first { $0.descriptor.id == id })
            let recorder = Recorder()
            let context = context(check.descriptor, configuration, directory, recorder)
            do {
                return CheckOnLoopback(outcome: try await check.run(context), recorded: recorder.contents)
            } catch let stop as Stop {
                return CheckOnLoopback(outcome: stop.outcome, recorded: recorder.contents)
            }
        }
    }

    static func context(
        _ descriptor: CheckDescriptor, _ configuration: Configuration, _ directory: URL, _ recorder: Recorder
    ) -> CheckContext {
        let log = UndoLog(path: directory.path + "/undo.jsonl")
        let http = HTTPClient()
        let keys = configuration.keys.values
        let performer = UndoPerformer(
            transport: http, permission: { _ in nil }, secret: { named in keys.first { $0.name == named }?.reveal() })
        return CheckContext(
            services: RunServices(
                configuration: configuration, runID: RunID(rawValue: "run"), http: http, undoLog: log,
                undoReplay: UndoReplay(log: log, performer: performer), environment: [:],
                vantage: "test"), descriptor: descriptor, facts: [:], recorder: recorder,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Message, expectation and observation in one text.
    var told: String { outcome.told }

    func metric(_ name: String) -> Double? { recorded.measurements.first { $0.name == name }?.value }
}
