import FaultInjection
import Foundation
import RunModel
import Synchronization
import TestSupport
import Testing
import UndoLog

/// Toxiproxy's list of proxies in memory, as far as the lock uses it.
private final class ProxyList: FaultTransport {
    let proxies = Mutex<[String: String]>([:])

    func send(
        method: String, url: String, headers: [String: String], body: String?, deadline: Duration
    ) async throws -> (status: Int, body: String) {
        let path = url.replacing("http://proxy/proxies", with: "")
        return proxies.withLock { proxies in
            switch method {
            case "GET": return (200, "{" + proxies.map { #""\#($0)":\#($1)"# }.joined(separator: ",") + "}")
            case "POST":
                let name = body?.split(separator: "\"").first { $0.hasPrefix("plumbline-lock-") } ?? "?"
                guard proxies[String(name)] == nil else { return (409, "proxy already exists") }
                proxies[String(name)] = body
                return (201, body ?? "")
            default: return (proxies.removeValue(forKey: String(path.dropFirst())) == nil ? 404 : 204, "")
            }
        }
    }
}

@Suite struct FaultLockTests {
    /// A run with a state directory of its own.
    private struct Run {
        let log: UndoLog
        let replay: UndoReplay
        let faults: Faults

        init(_ name: String, _ directory: URL, _ target: ProxyList, now: @escaping @Sendable () -> Date = { Date() }) {
            let runID = RunID(rawValue: name)
            log = UndoLog(path: directory.path + "/\(name).jsonl")
            let performer = UndoPerformer(transport: target, permission: { _ in nil })
            replay = UndoReplay(log: log, performer: performer, pause: .milliseconds(1))
            faults = Faults(
                log: log, performer: performer, runID: runID, policy: FaultSessionTests.allowed, lease: .seconds(60),
                lock: FaultLock(
                    api: "http://proxy", runID: runID, duration: .seconds(600), transport: target, now: now))
        }

        func session(isIsolated: Bool = false) async throws {
            _ = try await faults.session(
                for: "CH-01", breaking: ["mlflow"], isIsolated: isIsolated, leftBehind: { _ in }
            ) { _ in }
        }
    }

    @Test func `a second run is refused with the first one's name until that has ended`() async throws {
        try await withTemporaryDirectory { directory in
            let target = ProxyList()
            let first = Run("run-1", directory, target)
            let second = Run("run-2", directory, target)
            try await first.session()
            try await first.session()
            #expect(target.proxies.withLock { $0.keys.sorted() } == ["plumbline-lock-run-1"])
            let error = await #expect(throws: FaultError.self) { try await second.session() }
            #expect(error?.code == .refused)
            #expect(error?.detail.contains("run run-1 breaks this target") == true, "\(String(describing: error))")
            #expect(try second.log.openRecords().isEmpty)
            try await second.session(isIsolated: true)
            // The end of the first run, or its guardian.
            _ = try await first.replay.run(.all, by: "run")
            #expect(target.proxies.withLock { $0.isEmpty })
            try await second.session()
        }
    }

    @Test func `of runs that begin at once at most one has the target`() async throws {
        try await withTemporaryDirectory { directory in
            let target = ProxyList()
            let runs = (0..<4).map { Run("run-\($0)", directory, target) }
            let winners = await withTaskGroup(of: Bool.self) { group in
                for run in runs { group.addTask { (try? await run.session()) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners <= 1)
            #expect(target.proxies.withLock { $0.count } == winners)
        }
    }

    @Test func `a mark that has run out counts no more and is removed`() async throws {
        try await withTemporaryDirectory { directory in
            let target = ProxyList()
            try await Run("dead", directory, target, now: { Date(timeIntervalSinceNow: -3600) }).session()
            try await Run("run", directory, target).session()
            #expect(target.proxies.withLock { $0.keys.sorted() } == ["plumbline-lock-run"])
        }
    }

    @Test(
        "a mark that cannot be read counts and stays",
        arguments: ["", "soon.expires.plumbline.invalid:1", "1e999.expires.plumbline.invalid:1", "10.0.0.1:80"])
    func unreadable(upstream: String) async throws {
        try await withTemporaryDirectory { directory in
            let target = ProxyList()
            target.proxies.withLock { $0["plumbline-lock-other"] = #"{"upstream":"\#(upstream)"}"# }
            let run = Run("run", directory, target)
            let error = await #expect(throws: FaultError.self) { try await run.session() }
            #expect(error?.code == .refused)
            #expect(
                error?.detail.contains("`curl -X DELETE http://proxy/proxies/plumbline-lock-other`") == true,
                "\(String(describing: error))")
            #expect(target.proxies.withLock { $0.keys.sorted() } == ["plumbline-lock-other"])
        }
    }
}
