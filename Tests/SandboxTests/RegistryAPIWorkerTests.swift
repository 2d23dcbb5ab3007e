import Synchronization
import Testing

@testable import plumbline_sandbox

/// The single worker: one blocking probe stalls every other request, except where that was mended.
@Suite struct RegistryAPIWorkerTests {
    /// An MLflow that answers only once it is let go.
    private final class Gate: Sendable {
        private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))
        private let arrivals = Mutex(0)

        var arrived: Int { arrivals.withLock { $0 } }

        func pass() async {
            arrivals.withLock { $0 += 1 }
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    /// What happened, in order, from several tasks.
    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    /// How many are inside at once.
    private final class Room: Sendable {
        private let state = Mutex((now: 0, most: 0, served: 0))
        var most: Int { state.withLock { $0.most } }
        var served: Int { state.withLock { $0.served } }

        func enter() {
            state.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
        }

        func leave() {
            state.withLock {
                $0.now -= 1
                $0.served += 1
            }
        }
    }

    private func api(_ profile: ProfileName, _ gate: Gate) throws -> RegistryAPI {
        let settings = try RegistrySettings(environment: [
            "SANDBOX_PROFILE": profile.rawValue, "DB_PASSWORD": "sandbox",
            "MLFLOW_TRACKING_URI": "http://mlflow.localhost:5000",
        ])
        let dependencies = RegistryDependencies(
            http: { _ async throws(OutgoingFailure) in
                await gate.pass()
                return OutgoingAnswer(status: 200, body: Array("{}".utf8))
            },
            openDatabase: { _ async throws(DependencyFailure) in },
            redis: { _, commands async throws(DependencyFailure) in commands.map { _ in .null } },
            pause: { _ in }, now: { 1_800_000_000 })
        return RegistryAPI(settings: settings, dependencies: dependencies)
    }

    @Test("As built, liveness waits until a probe that hangs is over", .timeLimit(.minutes(1)))
    func stalls() async throws {
        let gate = Gate()
        let api = try api(.current, gate)
        let order = Log()
        await withTaskGroup { group in
            group.addTask {
                _ = await api.ask("GET /health/mlflow")
                order.add("probe")
            }
            while gate.arrived == 0 { await Task.yield() }
            group.addTask {
                _ = await api.ask("GET /live")
                order.add("live")
            }
            while api.worker.waitingCount == 0 { await Task.yield() }
            order.add("released")
            gate.open()
        }
        #expect(order.all.first == "released")
        #expect(Set(order.all) == ["released", "probe", "live"])
    }

    @Test("In fixed, liveness answers while a probe hangs", .timeLimit(.minutes(1)))
    func doesNotStall() async throws {
        let gate = Gate()
        let api = try api(.fixed, gate)
        await withTaskGroup { group in
            group.addTask { _ = await api.ask("GET /health/mlflow") }
            while gate.arrived == 0 { await Task.yield() }
            #expect(await api.ask("GET /live").status == 200)
            gate.open()
        }
    }

    @Test("The worker serves a thousand callers one at a time", .timeLimit(.minutes(1)))
    func oneAtATime() async {
        let worker = SingleWorker()
        let room = Room()
        await withTaskGroup { group in
            for _ in 1...1000 {
                group.addTask {
                    await worker.run {
                        room.enter()
                        await Task.yield()
                        room.leave()
                    }
                }
            }
        }
        #expect(room.most == 1)
        #expect(room.served == 1000)
        #expect(worker.waitingCount == 0)
    }
}
