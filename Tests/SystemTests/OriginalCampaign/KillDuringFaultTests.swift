import Formats
import Foundation
import Glibc
import Processes
import TestSupport
import Testing
import UndoLog

/// `kill -9` between inject and undo leaves nothing on.
@Suite(.serialized) struct KillDuringFaultTests {
    /// 20 with `ci/test --full`.
    static let kills = ProcessInfo.processInfo.environment["PLUMBLINE_FULL_TESTS"] == nil ? 3 : 20

    /// Who brings the stack back after the run was killed.
    enum Rescue: String, CaseIterable, Sendable {
        /// The run's own guardian, and `plumbline undo` after it.
        case guardian
        /// `plumbline undo` alone: the guardian was killed as well.
        case undo
        /// The next run: the guardian was killed as well.
        case nextRun = "next run"
    }

    @Test func `killed at any moment, the guardian, the next undo or the next run brings the stack back`() async throws
    {
        try await CampaignStack.with(profile: "fixed") { stack in
            var killedWhileOpen = 0
            for round in 1...Self.kills {
                let rescue = Rescue.allCases[round % Rescue.allCases.count]
                let wasOpen = try await kill(stack, round: round, rescue: rescue)
                killedWhileOpen += wasOpen ? 1 : 0
                let result = try await CommandRun.run(
                    ProcessLaunch(arguments: try stack.arguments(Self.words(of: rescue, stack))),
                    deadline: .seconds(120))
                #expect(result.ending == .exited(0), "round \(round): \(result.output.text) \(result.error.text)")
                #expect(UndoLogs(stateDirectory: stack.statePath).openRecords().records.isEmpty, "round \(round)")
                #expect(try await stack.isSteady(), "round \(round)")
                print(
                    "kill \(round): \(wasOpen ? "while a fault was on" : "between faults"), back by \(rescue.rawValue)")
            }
            #expect(killedWhileOpen * 2 > Self.kills, "most kills met no open fault, so little was shown")
            print(
                "\(Self.kills) kills, \(killedWhileOpen) of them while a fault was on: the stack was steady every time")
        }
    }

    private static func words(of rescue: Rescue, _ stack: CampaignStack) -> [String] {
        switch rescue {
        case .guardian, .undo: ["undo"]
        case .nextRun:
            [
                "run", "--out", stack.statePath + "-out", "--progress", "none", "--resume", "never", "--only", "HE-12",
            ]
        }
    }

    /// Starts a run, waits for its first fault and a random time after it, and kills it.
    ///
    /// - Returns: whether something was open at that moment.
    private func kill(_ stack: CampaignStack, round: Int, rescue: Rescue) async throws -> Bool {
        let process = try StartedProcess(
            ProcessLaunch(
                arguments: try stack.arguments([
                    "run", "--out", stack.statePath + "-out", "--progress", "none", "--resume", "never",
                    "--allow", "faults", "--only", "CB-0*", "--only", "HE-0*",
                ])), logPath: stack.directory.appending(path: "killed-\(round).log").path
        ) { _ in }
        // The moment is random within the run, and then within the time between an inject and its undo.
        let logs = UndoLogs(stateDirectory: stack.statePath)
        let earlier = Set(try logs.runs())
        let limit = ContinuousClock.now + .seconds(60)
        while try earlier.isSuperset(of: logs.runs()), process.isRunning, ContinuousClock.now < limit {
            try await Task.sleep(for: .milliseconds(10))
        }
        try await Task.sleep(for: .milliseconds(Int.random(in: 0..<3000)))
        repeat {
            while logs.openRecords().records.isEmpty, process.isRunning, ContinuousClock.now < limit {
                try await Task.sleep(for: .milliseconds(5))
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<300)))
        } while logs.openRecords().records.isEmpty && process.isRunning && ContinuousClock.now < limit
        if rescue != .guardian {
            for guardian in guardians(of: stack) { Glibc.kill(guardian, SIGKILL) }
        }
        let isOpen = !logs.openRecords().records.isEmpty
        Glibc.kill(process.process.pid, SIGKILL)
        await process.end()
        return isOpen
    }

    /// The guardians of this stack's runs, by their command line.
    private func guardians(of stack: CampaignStack) -> [Int32] {
        let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init)
        return pids.filter { pid in
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.contains("--guard") && words.contains(stack.statePath)
        }
    }
}
