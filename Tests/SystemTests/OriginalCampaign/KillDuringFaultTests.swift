import FaultInjection
import Foundation
import Glibc
import RunModel
import TestSupport
import Testing

/// `kill -9` between inject and undo leaves nothing on.
@Suite(.serialized) struct KillDuringFaultTests {
    /// 20 with `ci/test --full`.
    static let kills = ProcessInfo.processInfo.environment["PLUMBLINE_FULL_TESTS"] == nil ? 5 : 20

    @Test func `killed at any moment, the guardian or the next undo brings the stack back`() async throws {
        try await CampaignStack.with(profile: "fixed") { stack in
            var generator = SystemRandomNumberGenerator()
            var killedWhileOpen = 0
            for round in 1...Self.kills {
                let log = stack.directory.appending(path: "killed-\(round).log").path
                let process = try StartedProcess(
                    ProcessLaunch(
                        arguments: try stack.arguments([
                            "run", "--out", stack.statePath + "-out", "--progress", "none", "--resume", "never",
                            "--allow", "faults", "--only", "CB-0*", "--only", "HE-0*",
                        ])), logPath: log
                ) { _ in }
                // The wait begins with the first fault, so that the kill falls between an inject and its undo or soon after.
                let undo = UndoLog(directory: stack.statePath)
                let opened = try undo.history().records.count
                let limit = ContinuousClock.now + .seconds(60)
                while try undo.history().records.count == opened, process.isRunning, ContinuousClock.now < limit {
                    try await Task.sleep(for: .milliseconds(10))
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0..<3000, using: &generator)))
                let isOpen = try !undo.openRecords().isEmpty
                killedWhileOpen += isOpen ? 1 : 0
                kill(process.process.pid, SIGKILL)
                await process.end()
                let result = try await CommandRun.run(
                    ProcessLaunch(arguments: try stack.arguments(["undo"])), deadline: .seconds(120))
                #expect(result.ending == .exited(0), "round \(round): \(result.output.text) \(result.error.text)")
                #expect(try undo.openRecords().isEmpty, "round \(round)")
                #expect(try await stack.isSteady(), "round \(round)")
            }
            #expect(killedWhileOpen > 0, "no kill met an open fault, so nothing was shown")
        }
    }
}
