import FaultInjection
import Formats
import Foundation
import Glibc
import RunModel
import TestSupport
import Testing

@Suite struct UndoGuardianTests {
    @Test func `when the run's end of the pipe closes, its open records are undone and others are not`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(directory: directory.path)
            try log.open(Self.record("mine", run: "run"))
            try log.open(Self.record("other", run: "another-run"))
            let transport = ScriptedTransport()
            var ends: [Int32] = [-1, -1]
            #expect(pipe(&ends) == 0)
            let reader = ends[0]
            let guardian = Task {
                try await UndoGuardian.run(
                    replay: UndoReplayTests.replay(log, transport), runID: RunID(rawValue: "run"), input: reader,
                    tick: .milliseconds(5))
            }
            try await Task.sleep(for: .milliseconds(30))
            #expect(transport.asked.isEmpty, "the run lives and no lease has ended")
            close(ends[1])
            let report = try await guardian.value
            close(reader)
            #expect(report.undone.map(\.id) == ["mine"])
            #expect(transport.asked == ["POST mine"])
            #expect(try log.openRecords().map(\.id) == ["other"])
        }
    }

    @Test func `a lease that ends while the run lives is undone at once`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(directory: directory.path)
            try log.open(Self.record("expired", run: "run", lease: .zero))
            try log.open(Self.record("lasting", run: "run"))
            let transport = ScriptedTransport()
            var ends: [Int32] = [-1, -1]
            #expect(pipe(&ends) == 0)
            let reader = ends[0]
            let guardian = Task {
                try await UndoGuardian.run(
                    replay: UndoReplayTests.replay(log, transport), runID: RunID(rawValue: "run"), input: reader,
                    tick: .milliseconds(5))
            }
            while try log.openRecords().count == 2 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(transport.asked == ["POST expired"])
            close(ends[1])
            #expect(try await guardian.value.undone.map(\.id) == ["expired", "lasting"])
            close(reader)
        }
    }

    @Test func `the guardian's process sees the end of the run in a session of its own`() async throws {
        try await withTemporaryDirectory { directory in
            let seen = directory.appending(path: "seen").path
            let guardian = try GuardianProcess(
                arguments: ["/bin/sh", "-c", "cat; ps -o sid= -p $$ > \(seen)"],
                logPath: directory.appending(path: "guardian.log").path)
            #expect(guardian.isRunning)
            #expect(!FileManager.default.fileExists(atPath: seen))
            await guardian.release(within: .seconds(30))
            #expect(!guardian.isRunning)
            let session = try String(contentsOfFile: seen, encoding: .utf8)
            #expect(Int32(session.trimmingCharacters(in: .whitespacesAndNewlines)) == guardian.process.pid)
        }
    }

    private static func record(_ id: String, run: String, lease: Duration = .seconds(600)) -> UndoRecord {
        UndoRecord(
            id: id, runID: RunID(rawValue: run), checkID: "CH-01", what: id, openedAt: Date(), lease: lease,
            actions: [UndoReplayTests.http(id)])
    }
}
