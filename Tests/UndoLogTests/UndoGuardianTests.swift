import Foundation
import Glibc
import Processes
import RunModel
import TestSupport
import Testing
import UndoLog

@Suite struct UndoGuardianTests {
    @Test func `when the run's end of the pipe closes, its open records are undone`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(Self.record("mine"))
            let transport = ScriptedTransport()
            var ends: [Int32] = [-1, -1]
            #expect(pipe(&ends) == 0)
            let reader = ends[0]
            let guardian = Task {
                try await UndoGuardian.run(
                    replay: UndoReplayTests.replay(log, transport), input: reader, tick: .milliseconds(5))
            }
            try await Task.sleep(for: .milliseconds(30))
            #expect(transport.asked.isEmpty, "the run lives and no lease has ended")
            close(ends[1])
            let report = try await guardian.value
            close(reader)
            #expect(report.undone.map(\.id) == ["mine"])
            #expect(transport.asked == ["POST mine"])
        }
    }

    @Test func `a lease that ends while the run lives is undone at once`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(Self.record("expired", lease: .zero))
            try log.open(Self.record("lasting"))
            let transport = ScriptedTransport()
            var ends: [Int32] = [-1, -1]
            #expect(pipe(&ends) == 0)
            let reader = ends[0]
            let guardian = Task {
                try await UndoGuardian.run(
                    replay: UndoReplayTests.replay(log, transport), input: reader, tick: .milliseconds(5))
            }
            while try log.openRecords().count == 2 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(transport.asked == ["POST expired"])
            close(ends[1])
            #expect(try await guardian.value.undone.map(\.id) == ["expired", "lasting"])
            close(reader)
        }
    }

    @Test func `the guardian is ready before the first record is written, in a session of its own, and only one`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let seen = directory.appending(path: "seen").path
            let script = "echo begin >> \(seen); sleep 0.3; echo ready >&0; cat; ps -o sid= -p $$ >> \(seen)"
            let guardian = RunGuardian(
                arguments: ["/bin/sh", "-c", script], logPath: directory.appending(path: "guardian.log").path)
            let log = UndoLog(path: directory.path + "/undo.jsonl", guardian: guardian)
            try guardian.start()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 0..<8 { group.addTask { try log.open(Self.record("\(id)")) } }
                try await group.waitForAll()
            }
            let process = try #require(guardian.process)
            #expect(try String(contentsOfFile: seen, encoding: .utf8) == "begin\n")
            await guardian.release(within: .seconds(30))
            #expect(guardian.process == nil)
            let lines = try String(contentsOfFile: seen, encoding: .utf8).split(separator: "\n")
            #expect(lines.map { Int32($0.trimmingCharacters(in: .whitespaces)) } == [nil, process.pid])
        }
    }

    @Test(
        "without a guardian nothing is written down, so nothing is changed",
        arguments: [["/bin/sh", "-c", "exit 1"], ["/nonexistent/plumbline"], ["/bin/sleep", "60"]])
    func noGuardian(arguments: [String]) async throws {
        try await withTemporaryDirectory { directory in
            let guardian = RunGuardian(
                arguments: arguments, logPath: directory.appending(path: "guardian.log").path,
                patience: .milliseconds(300))
            let log = UndoLog(path: directory.path + "/undo.jsonl", guardian: guardian)
            let error = #expect(throws: UndoLogError.self) { try log.open(Self.record("a")) }
            #expect(error?.code == .noGuardian)
            let left = try log.openRecords()
            #expect(left.isEmpty)
        }
    }

    private static func record(_ id: String, lease: Duration = .seconds(600)) -> UndoRecord {
        UndoRecord(
            id: id, runID: RunID(rawValue: "run"), checkID: "CH-01", what: id, openedAt: Date(), lease: lease,
            actions: [UndoReplayTests.http(id)])
    }
}
