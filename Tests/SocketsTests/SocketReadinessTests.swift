import Formats
import Glibc
import Sockets
import Testing

/// Waits on one thread for any number of sockets: each ends for its own reason.
@Suite struct SocketReadinessTests {
    /// Two ends of a connection, closed at the end.
    private static func withPair(_ body: (_ near: Int32, _ far: Int32) async throws -> Void) async throws {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        try await body(ends[0], ends[1])
    }

    @Test("bytes that are there, and the end of the connection, are ready to be read") func ready() async throws {
        try await Self.withPair { near, far in
            let readiness = SocketReadiness()
            #expect(send(far, "x", 1, 0) == 1)
            #expect(await readiness.wait(for: .reading, on: near, until: .now + .seconds(60)) == .ready)
            #expect(await readiness.wait(for: .writing, on: near, until: .now + .seconds(60)) == .ready)
            var byte: UInt8 = 0
            #expect(recv(near, &byte, 1, 0) == 1)
            shutdown(far, Int32(SHUT_WR))
            #expect(await readiness.wait(for: .reading, on: near, until: .now + .seconds(60)) == .ready)
            #expect(recv(near, &byte, 1, 0) == 0)
        }
    }

    @Test("a wait ends with its deadline, also one that had passed before") func deadline() async throws {
        try await Self.withPair { near, _ in
            let readiness = SocketReadiness()
            #expect(await readiness.wait(for: .reading, on: near, until: .now + .milliseconds(20)) == .timedOut)
            #expect(await readiness.wait(for: .reading, on: near, until: .now - .seconds(1)) == .timedOut)
        }
    }

    @Test("a wait whose task is cancelled ends, whether it had begun or not") func cancelled() async throws {
        try await Self.withPair { near, _ in
            let readiness = SocketReadiness()
            let waiting = Task { await readiness.wait(for: .reading, on: near, until: .now + .seconds(600)) }
            waiting.cancel()
            #expect(await waiting.value == .cancelled)
            let late = Task {
                while !Task.isCancelled { await Task.yield() }
                return await readiness.wait(for: .reading, on: near, until: .now + .seconds(600))
            }
            late.cancel()
            #expect(await late.value == .cancelled)
        }
    }

    @Test("waits do not stand in one another's way") func many() async throws {
        try await Self.withPair { near, far in
            let readiness = SocketReadiness()
            // More than the concurrency pool has threads.
            let waiting = (0..<50).map { _ in
                Task { await readiness.wait(for: .reading, on: near, until: .now + .seconds(600)) }
            }
            #expect(await readiness.wait(for: .writing, on: near, until: .now + .seconds(60)) == .ready)
            #expect(send(far, "x", 1, 0) == 1)
            for task in waiting { #expect(await task.value == .ready) }
        }
    }
}

/// Blocking calls on threads of their own.
@Suite struct DedicatedThreadTests {
    @Test("the value of the work comes back") func finished() async {
        let completion = await DedicatedThread.run(named: "a-thread", until: .now + .seconds(60)) { 42 }
        guard case .finished(42) = completion else { return #expect(Bool(false), "\(completion)") }
    }

    @Test("work that takes too long is left behind") func timedOut() async {
        let gate = Gate()
        let late = await DedicatedThread.run(named: "late", until: .now + .milliseconds(20)) { gate.wait() }
        guard case .timedOut = late else { return #expect(Bool(false), "\(late)") }
        gate.open()
    }

    @Test("a cancelled task does not wait for the work") func cancelled() async {
        let gate = Gate()
        let task = Task { await DedicatedThread.run(named: "late", until: .now + .seconds(600)) { gate.wait() } }
        task.cancel()
        let completion = await task.value
        guard case .cancelled = completion else { return #expect(Bool(false), "\(completion)") }
        gate.open()
    }

    /// What a thread blocks on until the test lets it go.
    private final class Gate: Sendable {
        private let ends: (reader: Int32, writer: Int32)

        init() {
            var pipe: [Int32] = [-1, -1]
            _ = Glibc.pipe(&pipe)
            ends = (pipe[0], pipe[1])
        }

        func wait() {
            var byte: UInt8 = 0
            _ = read(ends.reader, &byte, 1)
            close(ends.reader)
        }

        func open() { close(ends.writer) }
    }
}
