import CheckKit
import Formats
import Foundation
import HTTPClient
import Job
import Logging
import Processes
import RunModel
import Settings
import TestSupport
import Testing
import UndoLog

/// The profile is found out and never told: the registry API alone, with nothing behind it, in each of its generations.
@Suite(.serialized) struct FingerprintTests {
    @Test(
        "each profile is told by its marks, even while every dependency is down", arguments: DeploymentProfile.allCases)
    func fingerprint(profile: DeploymentProfile) async throws {
        try await withTemporaryDirectory { directory in
            let port = try FreePort.next()
            // Port 9 answers nobody; short pauses, because the retries are not what this is about.
            let environment = [
                "SANDBOX_PROFILE": profile.rawValue, "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
                "DB_HOST": "127.0.0.1", "DB_PORT": "9", "DB_PASSWORD": "none", "REDIS_URL": "redis://127.0.0.1:9/0",
                "DATABASE_RETRY_DELAY": "0.01", "SANDBOX_PROBE_RETRY_PAUSE": "0.01",
                "MODEL_30_PREWARM_ENABLED": "false",
            ]
            let process = try StartedProcess(
                ProcessLaunch(
                    arguments: [try LocalStack.executable(), "serve-api", "--port", "\(port)"],
                    environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }),
                logPath: directory.appending(path: "api.log").path
            ) { _ in }
            let result: Result<(Outcome, String?), any Error>
            do {
                result = .success(try await Self.find(port, directory))
            } catch {
                result = .failure(error)
            }
            await process.end()
            let (outcome, found) = try result.get()
            #expect(outcome == .passed("profile \(profile.rawValue)"))
            #expect(found == profile.rawValue)
        }
    }

    private static func find(_ port: UInt16, _ directory: URL) async throws -> (Outcome, String?) {
        let configuration = try Configuration.parse(
            "environment: test\nservices: { api: http://127.0.0.1:\(port) }\n", path: "test.yaml", environment: [:])
        let check = try #require(
            Catalogue.checks(for: configuration).first { $0.descriptor.id == DeploymentProfile.fingerprint })
        let http = HTTPClient()
        let until = ContinuousClock.now + .seconds(30)
        while (try? await http.send(HTTPRequest(url: "http://127.0.0.1:\(port)/version", deadline: .seconds(2))))
            == nil,
            ContinuousClock.now < until
        {
            try await Task.sleep(for: .milliseconds(50))
        }
        let log = UndoLog(path: directory.path + "/undo.jsonl")
        let recorder = Recorder()
        let context = CheckContext(
            services: RunServices(
                configuration: configuration, runID: RunID(rawValue: "run"), http: http, undoLog: log,
                undoReplay: UndoReplay(log: log, performer: UndoPerformer(transport: http, permission: { _ in nil })),
                environment: [:],
                vantage: "test"), descriptor: check.descriptor, facts: [:], recorder: recorder,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            return (try await check.run(context), recorder.contents.facts[.profile])
        } catch let stop as Stop {
            return (stop.outcome, nil)
        }
    }
}
