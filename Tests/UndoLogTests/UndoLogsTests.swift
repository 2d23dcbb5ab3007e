import Formats
import Foundation
import RunModel
import Secrets
import TestSupport
import Testing
import UndoLog

@Suite struct UndoLogsTests {
    private static func record(_ id: String, of run: String) -> UndoRecord {
        UndoRecord(
            id: id, runID: RunID(rawValue: run), checkID: "CH-01", what: "proxy tracker-7 disabled",
            openedAt: Date(timeIntervalSince1970: 1000), lease: .seconds(60), actions: [UndoReplayTests.http("u:\(id)")]
        )
    }

    private static func open(_ id: String, of run: String, _ logs: UndoLogs) throws {
        try logs.prepare()
        try logs.log(of: RunID(rawValue: run)).open(record(id, of: run))
    }

    private static let three = [("a", "20260101"), ("b", "20260102"), ("c", "20260103")]

    @Test func `what all runs left open is listed oldest first and undone newest first`() async throws {
        try await withTemporaryDirectory { directory in
            let logs = UndoLogs(stateDirectory: directory.path)
            #expect(logs.openRecords().records.isEmpty)
            for (id, run) in Self.three { try Self.open(id, of: run, logs) }
            #expect(logs.openRecords().records.map(\.id) == ["a", "b", "c"])
            let transport = ScriptedTransport()
            let report = await logs.undoAll(
                by: "undo", performer: UndoPerformer(transport: transport, permission: { _ in nil }))
            #expect(report.isComplete)
            #expect(transport.asked == ["POST u:c", "POST u:b", "POST u:a"])
            #expect(logs.openRecords().records.isEmpty)
        }
    }

    @Test func `a damaged log is reported, and what the others say is undone all the same`() async throws {
        try await withTemporaryDirectory { directory in
            let logs = UndoLogs(stateDirectory: directory.path)
            try Self.open("a", of: "20260101", logs)
            try Self.open("b", of: "20260102", logs)
            let path = logs.log(of: RunID(rawValue: "20260101")).path
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[20] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            #expect(logs.openRecords().problems.map(\.code) == [.damaged])
            let report = await logs.undoAll(
                by: "undo", performer: UndoPerformer(transport: ScriptedTransport(), permission: { _ in nil }))
            #expect(report.undone.map(\.id) == ["b"])
            #expect(report.problems.map(\.code) == [.damaged] && !report.isComplete)
        }
    }

    @Test func `a log goes when all in it is undone and its run is over, and its history is handed over first`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let logs = UndoLogs(stateDirectory: directory.path)
            for (id, run) in Self.three { try Self.open(id, of: run, logs) }
            for (id, run) in Self.three where id != "b" {
                try logs.log(of: RunID(rawValue: run)).close(id, by: "undo")
            }
            var kept: [RunID: [UndoEntry]] = [:]
            try logs.removeSettled(except: RunID(rawValue: "20260103")) { kept[$0] = $1 }
            #expect(try logs.runs().map(\.rawValue) == ["20260103", "20260102"])
            #expect(kept.mapValues(\.count) == [RunID(rawValue: "20260101"): 2])
        }
    }

    @Test func `a history is written with checksums of its own where texts are masked`() async throws {
        try await withTemporaryDirectory { directory in
            let logs = UndoLogs(stateDirectory: directory.path)
            try Self.open("a", of: "20260101", logs)
            let entries = try logs.log(of: RunID(rawValue: "20260101")).entries()
            let copy = UndoLog(path: directory.path + "/undo-copy.jsonl")
            let redactor = Redactor([Secret(name: "x", source: .environment("X"), value: "tracker-7")])
            try Data(entries.lines(redactor: redactor).bytes).write(to: URL(fileURLWithPath: copy.path))
            #expect(try copy.openRecords().map(\.what) == ["proxy ‹secret:x› disabled"])
        }
    }
}
