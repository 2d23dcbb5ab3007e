import Formats
import Foundation
import Processes
import RunModel
import Synchronization
import TestSupport
import Testing
import UndoLog

/// Answers from a script and remembers what it was asked.
final class ScriptedTransport: FaultTransport {
    struct Refused: Error {}

    private let state = Mutex<(asked: [String], failures: Int)>(([], 0))
    let status: Int

    init(failures: Int = 0, status: Int = 200) {
        self.status = status
        state.withLock { $0.failures = failures }
    }

    var asked: [String] { state.withLock { $0.asked } }

    func send(
        method: String, url: String, headers: [String: String], body: String?, deadline: Duration
    ) async throws -> (status: Int, body: String) {
        let fails = state.withLock { state in
            state.asked.append(([method, url] + headers.map { "\($0.key): \($0.value)" }).joined(separator: " "))
            state.failures -= 1
            return state.failures >= 0
        }
        if fails { throw Refused() }
        return (status, "")
    }
}

@Suite struct UndoReplayTests {
    static func http(_ url: String) -> UndoAction {
        .http(.init(method: "POST", url: url, expectedStatuses: [200, 404]))
    }

    static func replay(_ log: UndoLog, _ transport: ScriptedTransport) -> UndoReplay {
        UndoReplay(
            log: log, performer: UndoPerformer(transport: transport, permission: { _ in nil }), pause: .milliseconds(1))
    }

    @Test func `open records are undone newest first and then closed`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(UndoLogTests.record("a", actions: [Self.http("u:1"), Self.http("u:2")]))
            try log.open(UndoLogTests.record("b", actions: [Self.http("u:3")]))
            let transport = ScriptedTransport()
            let report = try await Self.replay(log, transport).run(.all, by: "undo")
            #expect(transport.asked == ["POST u:3", "POST u:1", "POST u:2"])
            #expect(report.undone.map(\.id) == ["b", "a"])
            #expect(try log.openRecords().isEmpty)
            let second = try await Self.replay(log, transport).run(.all, by: "undo")
            #expect(second == UndoReport())
            #expect(transport.asked.count == 3)
        }
    }

    @Test func `an undo that fails at first is tried again`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(UndoLogTests.record("a", actions: [Self.http("u")]))
            let transport = ScriptedTransport(failures: 3)
            let report = try await Self.replay(log, transport).run(.all, by: "undo")
            #expect(report.isComplete)
            #expect(transport.asked.count == 4)
        }
    }

    @Test func `what cannot be undone stays open and is told, and the rest is undone all the same`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(UndoLogTests.record("a", actions: [Self.http("u")]))
            try log.open(
                UndoLogTests.record(
                    "b", actions: [.command(.init(arguments: ["false"], deadline: .seconds(5))), Self.http("v")]))
            let transport = ScriptedTransport()
            let report = try await Self.replay(log, transport).run(.all, by: "undo", patience: .milliseconds(200))
            #expect(report.undone.map(\.id) == ["a"])
            #expect(report.failed.map(\.record.id) == ["b"])
            #expect(report.failed.first?.reason.contains("false") == true)
            #expect(
                transport.asked == ["POST v", "POST u"], "the second action of b is tried although the first failed")
            #expect(try log.openRecords().map(\.id) == ["b"])
        }
    }

    @Test func `a wrong status is not an undo`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(UndoLogTests.record("a", actions: [Self.http("u")]))
            let report = try await Self.replay(log, ScriptedTransport(status: 500))
                .run(.all, by: "undo", patience: .milliseconds(20))
            #expect(report.failed.first?.reason.contains("got 500") == true)
        }
    }

    @Test func `a secret is added at replay and an unknown one is said by name`() async throws {
        let action = UndoAction.http(
            .init(
                method: "DELETE", url: "u", expectedStatuses: [200],
                secretHeader: .init(name: "Authorization", prefix: "Bearer ", secret: "api-key")))
        let transport = ScriptedTransport()
        try await UndoPerformer(
            transport: transport, permission: { _ in nil }, secret: { $0 == "api-key" ? "value" : nil }
        ).perform(action)
        #expect(transport.asked == ["DELETE u Authorization: Bearer value"])
        let failure = await #expect(throws: UndoFailure.self) {
            try await UndoPerformer(transport: transport, permission: { _ in nil }).perform(action)
        }
        #expect(failure?.reason.contains("api-key") == true)
    }

    @Test func `only the selected records are undone`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(UndoLogTests.record("short", lease: .seconds(1), actions: [Self.http("u:short")]))
            try log.open(UndoLogTests.record("long", lease: .seconds(100), actions: [Self.http("u:long")]))
            let transport = ScriptedTransport()
            _ = try await Self.replay(log, transport)
                .run(.expired(Date(timeIntervalSince1970: 1050)), by: "guardian")
            #expect(transport.asked == ["POST u:short"])
            _ = try await Self.replay(log, transport).run(.record(id: "other"), by: "guardian")
            #expect(try log.openRecords().map(\.id) == ["long"])
        }
    }

    @Test func `two replays at once undo each record once`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            for id in 0..<5 { try log.open(UndoLogTests.record("\(id)", actions: [Self.http("u:\(id)")])) }
            let transport = ScriptedTransport()
            async let first = Self.replay(log, transport).run(.all, by: "undo")
            async let second = Self.replay(log, transport).run(.all, by: "undo")
            let total = try await first.undone.count + second.undone.count
            #expect(total == 5)
            #expect(transport.asked.count == 5)
        }
    }
}

@Suite struct UndoClaimTests {
    /// Waits in its first request until it is let go.
    private final class SlowTransport: FaultTransport {
        let isAsked = Mutex(false)
        let mayAnswer = Mutex(false)

        func send(
            method: String, url: String, headers: [String: String], body: String?, deadline: Duration
        ) async throws -> (status: Int, body: String) {
            isAsked.withLock { $0 = true }
            while !mayAnswer.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
            return (200, "")
        }
    }

    @Test func `while one undo is under way the log is free, and other records are undone`() async throws {
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            try log.open(UndoLogTests.record("slow", actions: [UndoReplayTests.http("u:slow")]))
            try log.open(UndoLogTests.record("quick", actions: [UndoReplayTests.http("u:quick")]))
            let slow = SlowTransport()
            async let first = UndoReplay(log: log, performer: UndoPerformer(transport: slow, permission: { _ in nil }))
                .run(
                    .record(id: "slow"), by: "run")
            while !slow.isAsked.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
            let another = UndoLog(path: log.path)
            try another.open(UndoLogTests.record("new"))
            let second = try await UndoReplayTests.replay(another, ScriptedTransport()).run(
                .all, by: "guardian", patience: .milliseconds(100))
            #expect(second.undone.map(\.id) == ["new", "quick"])
            #expect(second.failed.map(\.reason) == ["another process is undoing it"])
            slow.mayAnswer.withLock { $0 = true }
            #expect(try await first.undone.map(\.id) == ["slow"])
            #expect(try log.openRecords().isEmpty)
        }
    }
}

@Suite struct UndoProcessTests {
    @Test func `a stopped process is continued, and a later process with its number is left alone`() async throws {
        let sleeper = Process()
        sleeper.executableURL = URL(fileURLWithPath: "/bin/sleep")
        sleeper.arguments = ["30"]
        try sleeper.run()
        defer {
            kill(sleeper.processIdentifier, SIGKILL)
            sleeper.waitUntilExit()
        }
        let identity = try #require(ProcessIdentity(pid: sleeper.processIdentifier))
        let performer = UndoPerformer(transport: ScriptedTransport(), permission: { _ in nil })
        try await performer.perform(
            .process(.init(pid: identity.pid, startTime: identity.startTime + 1, signal: SIGKILL)))
        #expect(identity.isRunning)
        try await performer.perform(.process(.init(pid: identity.pid, startTime: identity.startTime, signal: SIGKILL)))
        sleeper.waitUntilExit()
        #expect(!identity.isRunning)
        try await performer.perform(.process(.init(pid: identity.pid, startTime: identity.startTime, signal: SIGKILL)))
    }
}
