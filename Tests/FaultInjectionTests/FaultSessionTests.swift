import FaultInjection
import Formats
import Foundation
import RunModel
import Synchronization
import TestSupport
import Testing
import UndoLog

/// Toxiproxy's API over one proxy in memory, as far as faults use it.
final class FakeToxiproxy: FaultTransport {
    struct State: Sendable {
        var isEnabled = true
        var toxics: [String] = []
        var ignoresInjections = false
        var requests: [String] = []
        /// Called with every change, before it is made.
        var beforeChange: (@Sendable () -> Void)?
    }

    let state = Mutex(State())

    var isSteady: Bool { state.withLock { $0.isEnabled && $0.toxics.isEmpty } }

    func send(
        method: String, url: String, headers: [String: String], body: String?, deadline: Duration
    ) async throws -> (status: Int, body: String) {
        let path = url.replacing("http://proxy", with: "")
        if method != "GET" { state.withLock { $0.beforeChange }?() }
        return state.withLock { state in
            state.requests.append("\(method) \(path)")
            switch (method, path) {
            case ("GET", "/proxies/mlflow"): break
            case ("POST", "/proxies/mlflow"):
                let enables = body?.contains("true") == true
                if enables || !state.ignoresInjections { state.isEnabled = enables }
            case ("POST", "/proxies/mlflow/toxics"):
                if !state.ignoresInjections { state.toxics.append("plumbline") }
            case ("DELETE", "/proxies/mlflow/toxics/plumbline"):
                if state.toxics.isEmpty { return (404, "") }
                state.toxics = []
                return (204, "")
            default: return (404, "no such thing: \(path)")
            }
            let toxics = state.toxics.map { #"{"name":"\#($0)","type":"x"}"# }.joined(separator: ",")
            return (200, #"{"name":"mlflow","enabled":\#(state.isEnabled),"toxics":[\#(toxics)]}"#)
        }
    }
}

@Suite struct FaultSessionTests {
    static let allowed = FaultPolicy(
        environment: "sandbox", isProduction: false, allowedInProduction: [], isAllowed: true)

    static func faults(
        _ directory: URL, _ proxy: FakeToxiproxy, policy: FaultPolicy = allowed,
        onStop: @escaping @Sendable (String) -> Void = { _ in }
    ) -> (Faults, UndoLog) {
        let log = UndoLog(path: directory.path + "/undo.jsonl")
        let faults = Faults(
            log: log, performer: UndoPerformer(transport: proxy, permission: { _ in nil }),
            runID: RunID(rawValue: "run"),
            policy: policy,
            lease: .seconds(60), onStop: onStop)
        return (faults, log)
    }

    static func fault(_ proxy: FakeToxiproxy, _ effect: ToxiproxyFault.Effect = .down) -> ToxiproxyFault {
        ToxiproxyFault(api: "http://proxy/", proxy: "mlflow", effect: effect, transport: proxy)
    }

    @Test(
        "every effect is on within the session and gone after it",
        arguments: [
            ToxiproxyFault.Effect.down, .hang, .latency(.milliseconds(100), jitter: .zero),
        ])
    func effects(effect: ToxiproxyFault.Effect) async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            let (faults, log) = Self.faults(directory, proxy)
            let (wasSteady, report) = try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in })
            { session in
                try await session.inject(Self.fault(proxy, effect))
                return proxy.isSteady
            }
            #expect(!wasSteady)
            #expect(proxy.isSteady)
            #expect(try log.openRecords().isEmpty)
            #expect(report.moments.map { String($0.what.prefix(8)) } == ["injected", "undone: "])
        }
    }

    @Test func `the undo is on the disk before anything is changed`() async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            let (faults, log) = Self.faults(directory, proxy)
            let openAtChange = Mutex<[Int]>([])
            proxy.state.withLock {
                $0.beforeChange = {
                    let open = (try? log.openRecords().count) ?? -1
                    openAtChange.withLock { $0.append(open) }
                }
            }
            _ = try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) { session in
                try await session.inject(Self.fault(proxy))
            }
            #expect(openAtChange.withLock { $0 } == [1, 1], "open at the injection and still open at the undo")
        }
    }

    @Test func `nothing is injected when the undo cannot be written down`() async throws {
        let proxy = FakeToxiproxy()
        let (faults, _) = Self.faults(URL(fileURLWithPath: "/nonexistent"), proxy)
        let error = await #expect(throws: FaultError.self) {
            try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) { session in
                try await session.inject(Self.fault(proxy))
            }
        }
        #expect(error?.code == .undoLog)
        #expect(proxy.state.withLock { $0.requests } == ["GET /proxies/mlflow"])
    }

    struct Broken: Error {}

    @Test func `a body that throws leaves nothing on, and its error comes through`() async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            let (faults, _) = Self.faults(directory, proxy)
            await #expect(throws: Broken.self) {
                try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) { session in
                    try await session.inject(Self.fault(proxy))
                    throw Broken()
                }
            }
            #expect(proxy.isSteady)
        }
    }

    @Test func `a cancelled task leaves nothing on`() async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            let (faults, log) = Self.faults(directory, proxy)
            let (injected, signal) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) { session in
                    try await session.inject(Self.fault(proxy))
                    signal.yield()
                    try await Task.sleep(for: .seconds(600))
                }
            }
            for await _ in injected { break }
            #expect(!proxy.isSteady)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(proxy.isSteady)
            let open = try log.openRecords()
            #expect(open.isEmpty)
        }
    }

    @Test func `a stop condition ends the body, everything is undone, and then it is told`() async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            let told = Mutex<[String]>([])
            let (faults, _) = Self.faults(directory, proxy) { reason in
                told.withLock { $0.append(proxy.isSteady ? reason : "told before the undo") }
            }
            let condition = StopCondition("error budget", every: .milliseconds(5)) {
                proxy.isSteady ? nil : "spent"
            }
            let error = await #expect(throws: FaultError.self) {
                try await faults.session(
                    for: "CH-01", breaking: ["mlflow"], stopConditions: [condition], leftBehind: { _ in }
                ) { session in
                    try await session.inject(Self.fault(proxy))
                    try await Task.sleep(for: .seconds(600))
                }
            }
            #expect(error?.code == .stopped)
            #expect(error?.detail == "error budget: spent")
            #expect(proxy.isSteady)
            #expect(told.withLock(\.self) == ["while mlflow was broken, error budget: spent"])
        }
    }

    @Test func `a fault without effect is noticed at the means and at the target`() async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            let (faults, _) = Self.faults(directory, proxy)
            let unfelt = await #expect(throws: FaultError.self) {
                try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) { session in
                    let fault = try await session.inject(Self.fault(proxy))
                    try await session.confirmEffect(of: fault, within: .milliseconds(30), every: .milliseconds(5)) {
                        false
                    }
                }
            }
            #expect(unfelt?.code == .noEffect)
            proxy.state.withLock { $0.ignoresInjections = true }
            let ignored = await #expect(throws: FaultError.self) {
                try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) { session in
                    try await session.inject(Self.fault(proxy))
                }
            }
            #expect(ignored?.code == .noEffect)
            #expect(proxy.isSteady)
        }
    }

    @Test func `a dependency that is disturbed already is not touched`() async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            proxy.state.withLock { $0.isEnabled = false }
            let (faults, _) = Self.faults(directory, proxy)
            let error = await #expect(throws: FaultError.self) {
                try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) { session in
                    try await session.inject(Self.fault(proxy))
                }
            }
            #expect(error?.code == .alreadyDisturbed)
            #expect(!proxy.isSteady, "somebody else's fault is left as it was")
        }
    }

    static let refusals: [(policy: FaultPolicy, part: String)] = [
        (.init(environment: "e", isProduction: false, allowedInProduction: [], isAllowed: false), "--allow faults"),
        (.init(environment: "e", isProduction: true, allowedInProduction: [], isAllowed: true), "marked production"),
        (
            .init(environment: "e", isProduction: true, allowedInProduction: ["redis"], isAllowed: true),
            "does not list mlflow"
        ),
    ]

    @Test("no request is sent where faults are not allowed", arguments: refusals)
    func refused(policy: FaultPolicy, part: String) async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            let (faults, log) = Self.faults(directory, proxy, policy: policy)
            let error = await #expect(throws: FaultError.self) {
                try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) { session in
                    try await session.inject(Self.fault(proxy))
                }
            }
            #expect(error?.code == .refused)
            #expect(error?.detail.contains(part) == true)
            #expect(proxy.state.withLock { $0.requests }.isEmpty)
            let written = try log.entries()
            #expect(written.isEmpty)
        }
    }

    @Test func `recovery is timed from the last undo`() async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            let (faults, _) = Self.faults(directory, proxy)
            let looks = Mutex(0)
            let (_, report) = try await faults.session(
                for: "CH-01", breaking: ["mlflow"],
                recovered: {
                    looks.withLock {
                        $0 += 1
                        return $0 > 1
                    }
                }, leftBehind: { _ in }
            ) { session in try await session.inject(Self.fault(proxy)) }
            #expect((report.recoveryTime ?? 0) >= 0.2)
            #expect(report.moments.last?.what.hasPrefix("recovered after") == true)
        }
    }

    @Test func `sessions take turns`() async throws {
        try await withTemporaryDirectory { directory in
            let proxy = FakeToxiproxy()
            let (faults, _) = Self.faults(directory, proxy)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        _ = try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) {
                            session in
                            // It would be refused as already disturbed if two were on at once.
                            try await session.inject(Self.fault(proxy))
                            try await Task.sleep(for: .milliseconds(5))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(proxy.isSteady)
        }
    }

    @Test func `a command switches a fault on and another switches it off`() async throws {
        try await withTemporaryDirectory { directory in
            let flag = directory.appending(path: "on").path
            let fault = CommandFault(
                name: "flag", start: ["touch", flag], stop: ["rm", "-f", flag], probe: ["test", "-e", flag])
            let (faults, _) = Self.faults(directory, FakeToxiproxy())
            let (isOn, _) = try await faults.session(for: "CH-01", breaking: ["queue"], leftBehind: { _ in }) {
                session in
                try await session.inject(fault)
                return FileManager.default.fileExists(atPath: flag)
            }
            #expect(isOn)
            #expect(!FileManager.default.fileExists(atPath: flag))
        }
    }
}
