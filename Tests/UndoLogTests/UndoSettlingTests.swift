import Formats
import Foundation
import RunModel
import Synchronization
import TestSupport
import Testing
import UndoLog

/// What a run made with its last breath arrives after its death.
@Suite struct UndoSettlingTests {
    /// A registry into which a model comes at a moment of its own, whoever has asked before.
    private final class LateRegistry: FaultTransport {
        private let state = Mutex<(arrives: ContinuousClock.Instant, isThere: Bool, asked: Int)>((.now, true, 0))

        init(arrivesAfter delay: Duration) { state.withLock { $0.arrives = .now + delay } }

        var asked: Int { state.withLock { $0.asked } }
        var holdsModel: Bool { state.withLock { $0.isThere && $0.arrives <= .now } }

        func send(
            method: String, url: String, headers: [String: String], body: String?, deadline: Duration
        ) async throws -> (status: Int, body: String) {
            state.withLock { state in
                state.asked += 1
                guard state.isThere, state.arrives <= .now else { return (404, "") }
                state.isThere = false
                return (200, "")
            }
        }
    }

    private static func record(
        _ id: String = "a", lease: Duration = .seconds(600), settling: Duration? = .milliseconds(400)
    ) -> UndoRecord {
        UndoRecord(
            id: id, runID: RunID(rawValue: "run"), checkID: "RG-07", what: "registered model", openedAt: Date(),
            lease: lease, actions: [UndoReplayTests.http("models/\(id)")], settling: settling)
    }

    private func replay(_ log: UndoLog, _ transport: any FaultTransport) -> UndoReplay {
        UndoReplay(
            log: log, performer: UndoPerformer(transport: transport, permission: { _ in nil }), pause: .milliseconds(1))
    }

    @Test("What arrives after the undo has looked is undone all the same") func arrivesLate() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(Self.record())
            let registry = LateRegistry(arrivesAfter: .milliseconds(150))
            let report = try await replay(log, registry).run(.all, by: "guardian")
            #expect(report.undone.map(\.id) == ["a"])
            #expect(registry.asked == 2)
            try await Task.sleep(for: .milliseconds(300))
            #expect(!registry.holdsModel)
            #expect(try log.openRecords().isEmpty)
        }
    }

    @Test(
        "Nothing is waited for where nothing can arrive",
        arguments: [
            (UndoSettlingTests.record(settling: nil), false), (UndoSettlingTests.record(), true),
            (UndoSettlingTests.record(lease: .zero), false),
        ])
    func atOnce(record: UndoRecord, isAnswered: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(record)
            let transport = ScriptedTransport()
            _ = try await replay(log, transport).run(
                .all, by: "run", lateArrivals: isAnswered ? .none : .awaited(atMost: nil))
            #expect(transport.asked.count == 1)
            #expect(try log.openRecords().isEmpty)
        }
    }

    @Test("While one waits for what may arrive, others undo what is theirs") func othersGoOn() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(Self.record("late", settling: .seconds(3)))
            let transport = ScriptedTransport()
            let waiting = Task { try await replay(log, transport).run(.record(id: "late"), by: "undo") }
            while transport.asked.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            try log.open(Self.record("other", settling: nil))
            let report = try await replay(log, transport).run(.record(id: "other"), by: "run", patience: .seconds(1))
            #expect(report.undone.map(\.id) == ["other"])
            #expect(try log.openRecords().map(\.id) == ["late"])
            #expect(try await waiting.value.undone.map(\.id) == ["late"])
        }
    }

    @Test("What a check leaves open is looked at again at the end, and by whoever comes after") func leftOpen()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(Self.record())
            let registry = LateRegistry(arrivesAfter: .milliseconds(150))
            let first = try await replay(log, registry).run(.all, by: "run", lateArrivals: .leftOpen)
            #expect(first == UndoReport())
            #expect(try log.openRecords().map(\.id) == ["a"])
            let unfinished = try await replay(log, registry)
                .run(.all, by: "run", lateArrivals: .awaited(atMost: .milliseconds(1)))
            #expect(unfinished.failed.first?.reason.contains("may still be made until") == true)
            // Another process, which has only the file.
            let other = UndoLog(path: log.path)
            let last = try await replay(other, registry).run(.all, by: "resume")
            #expect(last.undone.map(\.id) == ["a"])
            #expect(!registry.holdsModel)
            #expect(try log.openRecords().isEmpty)
        }
    }

    @Test("Once the moment has passed in which it could arrive, nothing is waited for") func passed() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(Self.record(settling: .milliseconds(50)))
            let transport = ScriptedTransport()
            _ = try await replay(log, transport).run(.all, by: "run", lateArrivals: .leftOpen)
            try await Task.sleep(for: .milliseconds(60))
            let report = try await replay(log, transport).run(.all, by: "run", lateArrivals: .awaited(atMost: .zero))
            #expect(report.undone.map(\.id) == ["a"])
            #expect(transport.asked.count == 2)
        }
    }

    @Test("A cancelled task waits too") func cancelled() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(Self.record())
            let registry = LateRegistry(arrivesAfter: .milliseconds(150))
            let work = Task { try await replay(log, registry).run(.all, by: "run") }
            work.cancel()
            #expect(try await work.value.isComplete)
            #expect(registry.asked == 2)
        }
    }

    @Test("A log of a build that knew no settling is read") func olderLog() throws {
        var record = Self.record(settling: nil)
        // Whole seconds, because the log keeps no finer ones than a thousandth.
        record.openedAt = Date(timeIntervalSince1970: 1000)
        record.leaseEnds = Date(timeIntervalSince1970: 1600)
        let bytes = try JSON.data(record)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("settling"))
        #expect(try JSON.decode(UndoRecord.self, from: bytes) == record)
    }
}
