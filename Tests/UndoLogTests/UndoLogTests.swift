import Formats
import Foundation
import RunModel
import TestSupport
import Testing
import UndoLog

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
        .find(
            .init(
                search: .init(method: "GET", url: "http://127.0.0.1:1/x", expectedStatuses: [200, 404]),
                identifierPath: "experiments[*].experiment_id",
                then: .init(
                    method: "DELETE", url: "http://127.0.0.1:1/\(UndoAction.FindAction.placeholder)",
                    expectedStatuses: [200]))),
        .stopTasks(.init(cluster: "c", startedBy: "plumbline-1")),
        .setDesiredCount(.init(cluster: "c", service: "s", desiredCount: 2)),
        .deleteObject(.init(bucket: "b", key: "k")),
    ]

    @Test func `what is opened is open until it is closed, and survives being read again`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            #expect(try log.openRecords().isEmpty)
            try log.open(Self.record("a", actions: Self.everyKindOfAction))
            try log.open(Self.record("b"))
            let again = UndoLog(path: directory.path + "/undo.jsonl")
            #expect(
                try again.openRecords() == [Self.record("a", actions: Self.everyKindOfAction), Self.record("b")])
            try again.close("a", by: "guardian")
            try log.close("a", by: "run")
            #expect(try log.openRecords().map(\.id) == ["b"])
            #expect(try log.entries().map(\.seq) == [1, 2, 3], "the second close is not written down")
        }
    }

    @Test func `closing what was never opened is an error`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            let error = #expect(throws: UndoLogError.self) { try log.close("x", by: "run") }
            #expect(error?.code == .noSuchRecord)
        }
    }

    @Test func `a log that is no file cannot be read, and says so`() async throws {
        try await withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(
                at: directory.appending(path: "undo.jsonl"), withIntermediateDirectories: true)
            let (records, problems) = UndoLogs(stateDirectory: directory.path).openRecords()
            #expect(records.isEmpty)
            #expect(problems.map(\.code) == [.notReadable])
        }
    }

    @Test func `a last line torn at any byte is cut off and the log goes on`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(Self.record("a"))
            let whole = try Data(contentsOf: URL(fileURLWithPath: log.path))
            try log.open(Self.record("b"))
            let both = try Data(contentsOf: URL(fileURLWithPath: log.path))
            for length in stride(from: whole.count, to: both.count, by: 7) {
                try both.prefix(length).write(to: URL(fileURLWithPath: log.path))
                let again = UndoLog(path: log.path)
                #expect(try again.openRecords().map(\.id) == ["a"])
                try again.open(Self.record("c"))
                #expect(try again.openRecords().map(\.id) == ["a", "c"])
            }
        }
    }

    @Test func `any changed byte of any line is reported with its line and nothing is overwritten`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            for id in ["a", "b", "c"] { try log.open(Self.record(id)) }
            let sound = try Data(contentsOf: URL(fileURLWithPath: log.path))
            var line = 1
            for position in sound.indices {
                var damaged = sound
                damaged[position] ^= 1
                try damaged.write(to: URL(fileURLWithPath: log.path))
                let again = UndoLog(path: log.path)
                let error = try #require(throws: UndoLogError.self, "byte \(position)") { try again.openRecords() }
                #expect(
                    error.code == .damaged && error.description.contains("line \(line) "), "byte \(position): \(error)")
                #expect(throws: UndoLogError.self) { try again.open(Self.record("d")) }
                #expect(try Data(contentsOf: URL(fileURLWithPath: log.path)) == damaged)
                if sound[position] == UInt8(ascii: "\n") { line += 1 }
            }
            #expect(line == 4)
        }
    }

    @Test func `every change is one object with its kind, and no key stands for the place of a value`() throws {
        for action in Self.everyKindOfAction {
            let data = try JSON.data(action)
            #expect(try JSON.decode(UndoAction.self, from: data) == action)
            let text = String(decoding: data, as: UTF8.self)
            #expect(text.contains(#""kind":""#) && !text.contains("_0"), "\(text)")
        }
    }

    @Test func `what another process adds is picked up from where the file was read to`() async throws {
        try await withTemporaryDirectory { directory in
            let mine = UndoLog(path: directory.path + "/undo.jsonl")
            let others = UndoLog(path: mine.path)
            try mine.open(Self.record("a"))
            try others.open(Self.record("b"))
            #expect(try mine.openRecords().map(\.id) == ["a", "b"])
            try others.close("a", by: "guardian")
            try mine.open(Self.record("c"))
            #expect(try others.openRecords().map(\.id) == ["b", "c"])
            #expect(try mine.entries().map(\.seq) == [1, 2, 3, 4])
        }
    }

    @Test func `a file that was deleted while something is open stays in use until that is undone`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(Self.record("a"))
            try FileManager.default.removeItem(atPath: log.path)
            #expect(try log.openRecords().map(\.id) == ["a"])
            try log.close("a", by: "run")
            #expect(try log.openRecords().isEmpty)
            try log.open(Self.record("b"))
            #expect(try UndoLog(path: log.path).openRecords().map(\.id) == ["b"])
        }
    }

    @Test func `a missing line is noticed`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            for id in ["a", "b", "c"] { try log.open(Self.record(id)) }
            let lines = try String(contentsOfFile: log.path, encoding: .utf8).split(separator: "\n")
            try [lines[0], lines[2], lines[2]].map { $0 + "\n" }.joined().write(
                toFile: log.path, atomically: true, encoding: .utf8)
            let error = try #require(throws: UndoLogError.self) { try UndoLog(path: log.path).openRecords() }
            #expect(error.code == .damaged)
        }
    }

    @Test func `eight writers at once lose nothing`() async throws {
        try await withTemporaryDirectory { directory in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        let log = UndoLog(path: directory.path + "/undo.jsonl")
                        for index in 0..<10 { try log.open(Self.record("\(writer)-\(index)")) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try UndoLog(path: directory.path + "/undo.jsonl").openRecords().count == 80)
        }
    }

    @Test func `a directory that is not there is named`() {
        let error = #expect(throws: UndoLogError.self) {
            try UndoLog(path: "/nonexistent/state/undo.jsonl").open(Self.record("a"))
        }
        #expect(error?.code == .notWritable)
        #expect(error?.description.contains("/nonexistent/state/undo.jsonl") == true)
    }
}
