import Formats
import Foundation
import TestSupport
import Testing
import UndoLog

/// The log that builds before this one wrote: one for all runs, with the keys that the compiler makes up for enums.
@Suite struct LegacyUndoLogTests {
    /// Two runs; of the first `a` is closed and `b` open, of the second `c` is open and was tried once.
    private static let events = [
        opened("a", run: "20260101", 1), opened("b", run: "20260101", 2), opened("c", run: "20260102", 3),
        #"{"at":"2026-01-01T00:00:00.000Z","kind":{"closed":{"by":"run","id":"a"}},"sequence":4}"#,
        #"{"at":"2026-01-01T00:00:00.000Z","kind":{"undoFailed":{"by":"run","id":"c","reason":"r"}},"sequence":5}"#,
    ]

    private static func opened(_ id: String, run: String, what: String = "w", _ sequence: Int) -> String {
        let http =
            #"{"http":{"_0":{"expectedStatuses":[200],"headers":{},"method":"POST","url":"u:\#(id)"}}}"#
        let tasks = #"{"stopTasks":{"_0":{"cluster":"c","startedBy":"m"}}}"#
        let process = #"{"process":{"_0":{"pid":1,"signal":18,"startTime":1,"wholeGroup":false}}}"#
        let times = #""leaseEnds":"2026-01-01T00:01:00.000Z","openedAt":"2026-01-01T00:00:00.000Z""#
        let record =
            #"{"actions":[\#(http),\#(tasks),\#(process)],"checkID":"CH-01","id":"\#(id)",\#(times),"runID":"\#(run)","settling":5,"what":"\#(what)"}"#
        return
            #"{"at":"2026-01-01T00:00:00.000Z","kind":{"opened":{"_0":\#(record)}},"sequence":\#(sequence)}"#
    }

    private static func text(_ events: [String] = events) -> String {
        events.map { #"{"sha256":"\#(Digest.sha256Hex(of: $0))","event":\#($0)}"# + "\n" }.joined()
    }

    private static func withLog<Result>(
        _ text: String = text(), _ body: (UndoLogs, _ path: String) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let path = directory.path + "/undo.jsonl"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return try await body(UndoLogs(stateDirectory: directory.path), path)
        }
    }

    @Test func `what is open in it is listed with all that its undo needs`() async throws {
        try await Self.withLog { logs, path in
            let (records, problems) = logs.openRecords()
            #expect(problems.isEmpty && records.map(\.id) == ["b", "c"])
            #expect(
                records.first?.actions == [
                    .http(.init(method: "POST", url: "u:b", expectedStatuses: [200])),
                    .stopTasks(.init(cluster: "c", startedBy: "m")),
                    .process(.init(pid: 1, startTime: 1, signal: 18)),
                ])
            #expect(records.first?.settling == 5)
            #expect(FileManager.default.fileExists(atPath: path), "listing changes nothing")
        }
    }

    @Test func `it is moved to the logs of its runs, once, and undone there`() async throws {
        try await Self.withLog { logs, path in
            let performer = UndoPerformer(transport: ScriptedTransport(status: 500), permission: { _ in nil })
            let report = await logs.undoAll(by: "undo", performer: performer, patience: .milliseconds(10))
            #expect(report.failed.map(\.record.id) == ["c", "b"] && report.problems.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: path))
            let runs = try logs.runs().map(\.rawValue)
            #expect(runs == ["20260102", "20260101"])
            // As after a death between moving and removing.
            try Self.text().write(toFile: path, atomically: true, encoding: .utf8)
            _ = await logs.undoAll(by: "undo", performer: performer, patience: .milliseconds(10))
            #expect(logs.openRecords().records.map(\.id) == ["b", "c"])
        }
    }

    @Test func `a torn last line is left out, and a damaged one stops everything`() async throws {
        let whole = Self.text()
        try await Self.withLog(String(whole.dropLast(9))) { logs, _ in
            #expect(logs.openRecords().records.map(\.id) == ["b", "c"])
        }
        for damaged in [whole.replacing("u:b", with: "u:x"), whole.replacing("\"closed\"", with: "\"clased\"")] {
            try await Self.withLog(damaged) { logs, path in
                #expect(logs.openRecords().problems.map(\.code) == [.damaged])
                let report = await logs.undoAll(
                    by: "undo", performer: UndoPerformer(transport: ScriptedTransport(), permission: { _ in nil }))
                #expect(report.problems.map(\.code) == [.damaged])
                let left = try String(contentsOfFile: path, encoding: .utf8)
                #expect(left == damaged)
            }
        }
    }

    @Test func `its size locks nobody out`() async throws {
        // Beyond the 64 MiB at which earlier builds refused every run.
        let padding = String(repeating: "x", count: 60_000)
        let events = (1...1200).flatMap { number in
            [
                Self.opened("r\(number)", run: "20260101", what: padding, number * 2 - 1),
                #"{"at":"2026-01-01T00:00:00.000Z","kind":{"closed":{"by":"run","id":"r\#(number)"}},"sequence":\#(number * 2)}"#,
            ]
        }
        let text = Self.text(events)
        #expect(text.utf8.count > 64 << 20)
        try await Self.withLog(text) { logs, path in
            let report = await logs.undoAll(
                by: "undo", performer: UndoPerformer(transport: ScriptedTransport(), permission: { _ in nil }))
            #expect(report == UndoReport())
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
