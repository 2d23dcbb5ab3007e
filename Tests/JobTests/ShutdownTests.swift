import RunModel
import Synchronization
import Testing

@testable import Job

@Suite struct ShutdownTests {
    @Test("the first reason counts, and the handler is called once")
    func firstCounts() {
        let shutdown = Shutdown()
        let seen = Mutex<[Interruption]>([])
        shutdown.onRequest { interruption in seen.withLock { $0.append(interruption) } }
        #expect(shutdown.requested == nil && shutdown.requestedAt == nil)
        shutdown.request(.terminated)
        shutdown.request(.deadline)
        #expect(shutdown.requested == .terminated && shutdown.requestedAt != nil)
        #expect(seen.withLock { $0 } == [.terminated])
    }

    @Test("a request that came before anybody listened is not lost")
    func early() {
        let shutdown = Shutdown()
        shutdown.request(.interrupted)
        let seen = Mutex<[Interruption]>([])
        shutdown.onRequest { interruption in seen.withLock { $0.append(interruption) } }
        #expect(seen.withLock { $0 } == [.interrupted])
    }

    @Test("the answer that comes first is the one that all get, and waiting for it does not end by cancellation")
    func firstAnswer() async {
        let answer = FirstAnswer<Int>()
        let waiting = (0..<3).map { _ in Task { await answer.value } }
        waiting[0].cancel()
        answer.give(1)
        answer.give(2)
        for task in waiting { #expect(await task.value == 1) }
        #expect(await answer.value == 1)
    }
}
