import Foundation
import Processes
import RunModel
import TestSupport
import Testing
import UndoLog

/// Two processes with state directories of their own never break one target together.
@Suite struct TwoRunsTests {
    @Test func `of two runs on one target the second breaks nothing until the first has ended`() async throws {
        try await CampaignStack.with(profile: "fixed") { stack in
            func launch(_ state: String, _ only: String...) throws -> ProcessLaunch {
                ProcessLaunch(
                    arguments: [
                        try LocalStack.executable("plumbline"), "run", "--config", stack.configurationPath, "--state",
                        stack.statePath + state, "--out", stack.statePath + "-out", "--progress", "none", "--allow",
                        "faults",
                    ] + only.flatMap { ["--only", $0] })
            }
            func statuses(_ state: String) async throws -> [CheckID: Status] {
                Dictionary(
                    uniqueKeysWithValues: try await stack.results(statePath: stack.statePath + state)
                        .map { ($0.id, $0.status) })
            }

            // A check whose conditions the first run's faults leave alone: were they not met, the mark would not be asked for.
            let breaking: CheckID = "AU-63"
            let first = try StartedProcess(
                launch("-first", "CB-*"), logPath: stack.directory.appending(path: "first.log").path
            ) { _ in }
            let logs = UndoLogs(stateDirectory: stack.statePath + "-first")
            let limit = ContinuousClock.now + .seconds(60)
            while first.isRunning, ContinuousClock.now < limit,
                !logs.openRecords().records.contains(where: { $0.what.hasPrefix("mark of the run") })
            {
                try await Task.sleep(for: .milliseconds(10))
            }
            let changesBefore = stack.faultLog.count
            let second = try await CommandRun.run(launch("-second", breaking.rawValue), deadline: .seconds(120))
            #expect(first.isRunning, "the first run ended too early: nothing was shown")
            #expect(changesBefore > 0)
            #expect(try await statuses("-second")[breaking] == .skipped, "\(second.error.text)")
            #expect(UndoLogs(stateDirectory: stack.statePath + "-second").openRecords().records.isEmpty)
            let history = try Self.opened(in: stack.statePath + "-second")
            #expect(!history.isEmpty && history.allSatisfy { $0.hasPrefix("mark of the run") }, "\(history)")

            while first.isRunning, ContinuousClock.now < limit + .seconds(120) {
                try await Task.sleep(for: .milliseconds(50))
            }
            await first.end()
            let ofFirst = try await statuses("-first").filter { $0.key.rawValue.hasPrefix("CB-") }
            // What the second run reads may move the breaker that the first one watches: that is no fault.
            #expect(ofFirst.count == 23 && !ofFirst.values.contains(.skipped), "\(ofFirst)")
            #expect(try await stack.isSteady())
            _ = try await CommandRun.run(launch("-second", breaking.rawValue), deadline: .seconds(120))
            #expect(try await statuses("-second")[breaking] == .passed)
        }
    }

    /// What the newest run of a state directory wrote down to be undone.
    private static func opened(in state: String) throws -> [String] {
        let runs = URL(filePath: state).appending(path: "runs")
        let newest = try #require(try FileManager.default.contentsOfDirectory(atPath: runs.path).max())
        return try UndoLog(path: runs.appending(path: newest).appending(path: "undo.jsonl").path).entries()
            .compactMap { entry in
                guard case .opened(let record) = entry.event else { return nil }
                return record.what
            }
    }
}
