import FaultInjection
import Foundation
import HTTPClient
import Logging
import RunModel
import Settings
import TestSupport
import Testing
import UndoLog

@testable import CheckKit
@testable import ValidationChecks

/// One check of the catalogue against a scripted platform: every service answers at one address, every key is there.
struct CheckOnLoopback {
    let descriptor: CheckDescriptor
    let outcome: Outcome
    let proof: FailureProof
    var status: Status { outcome.status }
    var told: String { outcome.told }

    static let keys = [
        "api": "hk_test_fake_api_key_0001", "reader": "hk_test_fake_reader_key_0002",
        "revoked": "hk_test_fake_revoked_key_0003", "expired": "hk_test_fake_expired_key_0004",
        "other_service": "hk_test_fake_other_key_0005", "poor": "hk_test_fake_poor_key_0006",
        "auth_admin": "hk_test_fake_admin_key_0007",
    ]

    /// - Parameter further: further lines of the configuration.
    static func run(
        _ id: CheckID, profile: DeploymentProfile = .b, further: String = "",
        _ respond:
            @escaping @Sendable (LoopbackHTTPServer.Request) ->
            LoopbackHTTPServer.Reply
    ) async throws -> CheckOnLoopback {
        let server = try LoopbackHTTPServer(respond: respond)
        return try await run(id, profile: profile, at: server.url, further: further)
    }

    /// - Parameter url: where every service answers.
    static func run(
        _ id: CheckID, profile: DeploymentProfile = .b, at url: String, further: String = ""
    ) async throws -> CheckOnLoopback {
        let names = keys.keys.sorted().map { "\($0): \"${env:\($0)}\"" }.joined(separator: ", ")
        return try await run(
            id, profile: profile,
            configuration: """
                services: { api: "\(url)", registry: "\(url)", auth: "\(url)", mlflow: "\(url)/api/mlflow", mlflow_direct: "\(url)" }
                keys: { \(names) }
                \(further)
                """)
    }

    /// - Parameter text: the configuration without its environment.
    static func run(
        _ id: CheckID, profile: DeploymentProfile = .b, configuration text: String
    ) async throws -> CheckOnLoopback {
        try await withTemporaryDirectory { directory in
            let configuration = try Configuration.parse(
                "environment: staging\n\(text)\n", path: "test.yaml",
                environment: keys.merging(["short": "abc"]) { $1 })
            let check = try #require(
                ValidationCatalogue.list.checks(for: configuration).first { $0.descriptor.id == id })
            let context = context(check.descriptor, configuration, directory, profile: profile)
            let outcome: Outcome
            do {
                outcome = try await check.run(context)
            } catch let stop as Stop {
                outcome = stop.outcome
            }
            return CheckOnLoopback(
                descriptor: check.descriptor, outcome: outcome,
                proof: FailureProof(of: outcome, context.recorder.contents, check.descriptor))
        }
    }

    /// What earlier checks of a run would have established.
    private static func facts(_ profile: DeploymentProfile) -> [FactName: String] {
        [
            .profile: profile.rawValue, .mlflowVersion: "3.9.0", .mlflowDeleteRoute: "proxy",
            .registration("token"): "T", .registration("experiment"): "1", .registration("run"): "abc",
            .registration("artifact_uri"): "mlflow-artifacts:/1/abc/artifacts", .registration("model"): "m",
            .registration("version"): "1",
        ]
    }

    static func context(
        _ descriptor: CheckDescriptor, _ configuration: Configuration, _ directory: URL, profile: DeploymentProfile = .b
    ) -> CheckContext {
        let keys = configuration.keys.values
        let (log, http) = (UndoLog(path: directory.path + "/undo.jsonl"), HTTPClient())
        let performer = UndoPerformer(
            transport: http, permission: { _ in nil }, secret: { named in keys.first { $0.name == named }?.reveal() })
        let runID = RunID(rawValue: "20260102T030405Z-9f8a7b")
        let policy = FaultPolicy(
            environment: "staging", isProduction: false, allowedInProduction: [], isAllowed: true)
        return CheckContext(
            services: RunServices(
                configuration: configuration, runID: runID, http: http, undoLog: log,
                undoReplay: UndoReplay(log: log, performer: performer),
                faults: Faults(log: log, performer: performer, runID: runID, policy: policy, lease: .seconds(20)),
                environment: [:], vantage: "test"),
            descriptor: descriptor, facts: facts(profile), recorder: Recorder(),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}
