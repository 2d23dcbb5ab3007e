import FaultInjection
import Formats
import Foundation
import RunModel
import TestSupport
import Testing

@Suite struct UndoLogTests {
    static func record(_ id: String, lease: Duration = .seconds(60), actions: [UndoAction] = []) -> UndoRecord {
        UndoRecord(
            id: id, runID: RunID(rawValue: "run"), checkID: "CH-01", what: "proxy mlflow disabled",
            openedAt: Date(timeIntervalSince1970: 1000), lease: lease, actions: actions)
    }

    static let everyKindOfAction: [UndoAction] = [
        .http(
            .init(
                method: "POST", url: "http://127.0.0.1:1/x", headers: ["a": "b"], body: "{\"enabled\":true}\n\u{1}",
                expectedStatuses: [200, 404],
                secretHeader: .init(name: "Authorization", prefix: "Bearer ", secret: "api-key"))),
        .process(.init(pid: 7, startTime: 99, signal: 18, wholeGroup: true)),
        .command(.init(arguments: ["true"], deadline: .milliseconds(1500))),
    ]

    @Test func `what is opened is open until it is closed, and survives being read again`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(directory: directory.path)
            #expect(try log.openRecords().isEmpty)
            try log.open(Self.record("a", actions: Self.everyKindOfAction))
            try log.open(Self.record("b"))
            let again = UndoLog(directory: directory.path)
            #expect(
                try again.openRecords() == [Self.record("a", actions: Self.everyKindOfAction), Self.record("b")])
            try again.close("a", by: "guardian")
            try log.close("a", by: "run")
            #expect(try log.openRecords().map(\.id) == ["b"])
            #expect(try log.history().events.map(\.sequence) == [1, 2, 3], "the second close is not written down")
        }
    }

    @Test func `closing what was never opened is an error`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(directory: directory.path)
            #expect(throws: UndoLogError.self) { try log.close("x", by: "run") }
        }
    }

    @Test func `a last line torn at any byte is cut off and the log goes on`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(directory: directory.path)
            try log.open(Self.record("a"))
            let whole = try Data(contentsOf: URL(fileURLWithPath: log.path))
            try log.open(Self.record("b"))
            let both = try Data(contentsOf: URL(fileURLWithPath: log.path))
            for length in stride(from: whole.count, to: both.count, by: 7) {
                try both.prefix(length).write(to: URL(fileURLWithPath: log.path))
                #expect(try log.openRecords().map(\.id) == ["a"])
                try log.open(Self.record("c"))
                #expect(try log.openRecords().map(\.id) == ["a", "c"])
            }
        }
    }

    @Test func `any flipped bit before the last line is reported with its line and nothing is overwritten`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(directory: directory.path)
            for id in ["a", "b", "c"] { try log.open(Self.record(id)) }
            let sound = try Data(contentsOf: URL(fileURLWithPath: log.path))
            let firstLine = try #require(sound.firstIndex(of: UInt8(ascii: "\n")))
            for position in stride(from: 0, to: firstLine, by: 11) {
                var damaged = sound
                damaged[position] ^= 1
                try damaged.write(to: URL(fileURLWithPath: log.path))
                let error = try #require(throws: UndoLogError.self) { try log.open(Self.record("d")) }
                #expect(error.code == .damaged)
                #expect(error.description.contains("line 1"))
                #expect(try Data(contentsOf: URL(fileURLWithPath: log.path)) == damaged)
            }
        }
    }

    @Test func `a missing line is noticed`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(directory: directory.path)
            for id in ["a", "b", "c"] { try log.open(Self.record(id)) }
            let lines = try String(contentsOfFile: log.path, encoding: .utf8).split(separator: "\n")
            try [lines[0], lines[2], lines[2]].map { $0 + "\n" }.joined().write(
                toFile: log.path, atomically: true, encoding: .utf8)
            let error = try #require(throws: UndoLogError.self) { try log.openRecords() }
            #expect(error.code == .damaged)
        }
    }

    @Test func `eight writers at once lose nothing`() async throws {
        try await withTemporaryDirectory { directory in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        let log = UndoLog(directory: directory.path)
                        for index in 0..<10 { try log.open(Self.record("\(writer)-\(index)")) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try UndoLog(directory: directory.path).openRecords().count == 80)
        }
    }

    @Test func `a directory that is not there is named`() {
        let error = #expect(throws: UndoLogError.self) {
            try UndoLog(directory: "/nonexistent/state").open(Self.record("a"))
        }
        #expect(error?.code == .notWritable)
        #expect(error?.description.contains("/nonexistent/state/undo.jsonl") == true)
    }
}
