import CheckKit
import FaultInjection
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

/// Each of the 67 is shown to turn red when its property is broken: one defect of the registry API at a time.
@Suite(.serialized) struct MutationTests {
    /// Defect, as `SANDBOX_DEFECTS` takes it, and the tests that must turn red.
    static let table: [(defect: String, red: [String])] = [
        ("breaker-starts-open", ["CB-01"]),
        ("breaker-opens-late", ["CB-02", "CB-04"]),
        ("success-does-not-decrement", ["CB-03", "CB-15"]),
        ("never-half-open", ["CB-05", "CB-23", "CH-07"]),
        ("first-success-closes", ["CB-06"]),
        ("half-open-failure-stays", ["CB-07"]),
        ("back-off-never-grows", ["CB-08"]),
        ("never-retries-after-maximum", ["CB-09"]),
        ("reset-keeps-counters", ["CB-10"]),
        ("status-field-missing", ["CB-11", "CB-19"]),
        ("time-until-retry-negative", ["CB-12"]),
        ("last-failure-in-future", ["CB-13"]),
        ("consecutive-successes-not-reset", ["CB-14"]),
        ("ignores-environment", ["CB-16", "CB-21"]),
        ("zero-threshold-ignored", ["CB-17"]),
        ("zero-timeout-ignored", ["CB-18"]),
        ("reset-does-nothing", ["CB-20"]),
        ("probe-always-succeeds", ["CB-22"]),
        ("health-missing-timestamp", ["HE-01"]),
        ("detailed-500", ["HE-02", "LD-03", "LD-09"]),
        ("reason-text-missing", ["HE-03"]),
        ("recovering-reported-healthy", ["HE-04"]),
        ("overall-never-unhealthy", ["HE-05"]),
        ("ready-always-503", ["HE-06"]),
        ("ready-always-200", ["HE-07"]),
        ("ready-mlflow-critical", ["HE-08", "CH-11"]),
        ("ready-recovering-fails", ["HE-09"]),
        ("live-without-memory", ["HE-10"]),
        ("memory-fallback-raises", ["HE-11"]),
        ("version-wrong", ["HE-12"]),
        ("probe-always-fails", ["HE-13"]),
        ("open-answers-200", ["HE-14"]),
        ("health-mlflow-hides-error", ["HE-15"]),
        ("reset-missing-field", ["HE-16", "CH-08"]),
        ("reset-hides-error", ["HE-17"]),
        ("status-500", ["HE-18"]),
        ("metrics-without-gauges", ["HE-19"]),
        ("metrics-fallback-raises", ["HE-20"]),
        ("overall-always-healthy", ["HE-21", "CH-02", "CH-09"]),
        ("stays-unhealthy", ["HE-22"]),
        ("timeout-text-missing", ["HE-23"]),
        ("load-errors=3", ["LD-01", "LD-02", "LD-06", "LD-07", "LD-08"]),
        ("ready-errors=5", ["LD-04", "LD-05"]),
        ("health-500", ["CH-01"]),
        ("redis-failure-breaks-health", ["CH-03"]),
        ("breaker-never-opens", ["CH-04"]),
        ("queue-failure-breaks-health", ["CH-05"]),
        ("mlflow-failure-breaks-live", ["CH-06"]),
        ("flapping-health", ["CH-10"]),
        ("latency-amplified=6", ["CH-12"]),
    ]

    @Test func `the table turns every one of the 67 red at least once`() throws {
        let red = Set(Self.table.flatMap(\.red))
        let configuration = try Configuration.parse("environment: test\n", path: "test.yaml", environment: [:])
        let all = Catalogue.checks(for: configuration).map(\.descriptor).filter { $0.original != nil }
        #expect(red == Set(all.map(\.id.rawValue)))
    }

    @Test func `every defect turns its tests red, and without a defect they pass`() async throws {
        try await CampaignStack.with(profile: "fixed", threshold: 3) { stack in
            var red: Set<String> = []
            print("| Defect | Test | Got |\n| --- | --- | --- |")
            for row in Self.table {
                for id in row.red {
                    let outcome = try await MutatedService(stack: stack, defect: row.defect).outcome(of: id)
                    let isRed = [.failed, .timeout].contains(outcome.status)
                    #expect(isRed, "\(row.defect), \(id): \(outcome)")
                    if isRed { red.insert(id) }
                    print("| \(row.defect) | \(id) | \(outcome.status): \(outcome.message.prefix(120)) |")
                }
            }
            print("\(red.count) of the 67 tests were red at least once")
            // The harness itself must not be what turns them red.
            for id in ["CB-02", "CB-17", "HE-03", "HE-11", "HE-23", "LD-02", "CH-02"] {
                let outcome = try await MutatedService(stack: stack, defect: "").outcome(of: id)
                #expect(outcome.status == .passed, "\(id): \(outcome)")
            }
            #expect(try await stack.isSteady())
        }
    }
}

/// The registry API with one defect, started beside the stack's own, and one check run against it.
private struct MutatedService {
    let stack: CampaignStack
    let defect: String

    func outcome(of id: String) async throws -> Outcome {
        var configuration = try stack.configuration()
        guard var launch = configuration.launch else { throw LocalStack.Problem(description: "no launch command") }
        let standing = launch.environment["SANDBOX_DEFECTS"] ?? ""
        launch.environment["SANDBOX_DEFECTS"] = Self.joined(standing, defect)
        for (name, variant) in launch.variants {
            launch.variants[name]?["SANDBOX_DEFECTS"] = Self.joined(variant["SANDBOX_DEFECTS"] ?? "", defect)
        }
        configuration.launch = launch
        let port = try FreePort.next()
        let environment = ProcessInfo.processInfo.environment.merging(launch.environment) { _, new in new }
        let process = try StartedProcess(
            ProcessLaunch(
                arguments: launch.command.map { $0.replacing("{port}", with: "\(port)") }, environment: environment),
            logPath: stack.directory.appending(path: "mutated.log").path
        ) { _ in }
        configuration.services.api = "http://127.0.0.1:\(port)"
        let result: Result<Outcome, any Error>
        do {
            try await waitUntilAnswering(port)
            result = .success(try await run(id, configuration))
        } catch {
            result = .failure(error)
        }
        await process.end()
        return try result.get()
    }

    private func run(_ id: String, _ configuration: Configuration) async throws -> Outcome {
        guard let check = Catalogue.checks(for: configuration).first(where: { $0.descriptor.id.rawValue == id }) else {
            throw LocalStack.Problem(description: "no check \(id)")
        }
        return try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            let http = HTTPClient()
            let performer = UndoPerformer(transport: http, permission: { _ in nil })
            let runID = RunID(rawValue: "mutation")
            let faults = Faults(
                log: log, performer: performer, runID: runID,
                policy: FaultPolicy(
                    environment: configuration.environment, isProduction: false, allowedInProduction: [],
                    isAllowed: true),
                lease: .seconds(120))
            let context = CheckContext(
                services: RunServices(
                    configuration: configuration, runID: runID, http: http, undoLog: log,
                    undoReplay: UndoReplay(log: log, performer: performer), faults: faults,
                    environment: ProcessInfo.processInfo.environment, vantage: "test"), descriptor: check.descriptor,
                facts: [.profile: DeploymentProfile.fixed.rawValue], recorder: Recorder(),
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            do {
                return try await check.run(context)
            } catch let stop as Stop {
                return stop.outcome
            } catch let error as HTTPError {
                return .failed(.unrecorded, "no answer", expected: "an answer", got: "\(error)")
            }
        }
    }

    private func waitUntilAnswering(_ port: UInt16) async throws {
        let until = ContinuousClock.now + .seconds(30)
        let http = HTTPClient()
        while ContinuousClock.now < until {
            let request = HTTPRequest(url: "http://127.0.0.1:\(port)/version", deadline: .seconds(2))
            if (try? await http.send(request)) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw LocalStack.Problem(description: "the registry API with \(defect) does not answer")
    }

    private static func joined(_ first: String, _ second: String) -> String {
        [first, second].filter { !$0.isEmpty }.joined(separator: ",")
    }
}
