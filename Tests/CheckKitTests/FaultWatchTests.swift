import FaultInjection
import Formats
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import CheckKit

/// What ends a test while a dependency is broken.
@Suite struct FaultWatchTests {
    static let answers: [(reply: LoopbackHTTPServer.Reply, isAnAnswer: Bool)] = [
        (.response(200), true), (.response(401), true), (.response(500), true), (.response(503), false),
        (.response(504), false), (.reset, false), (.response(200, after: .seconds(5)), false),
    ]

    @Test(
        "a bad answer of the service is an answer, a load balancer's word for a silent one is none", arguments: answers)
    func answer(reply: LoopbackHTTPServer.Reply, isAnAnswer: Bool) async throws {
        let server = try LoopbackHTTPServer { _ in reply }
        let request = HTTPRequest(url: server.url + "/live", deadline: .milliseconds(300))
        #expect(await HTTPClient().isAnswering(request) == isAnAnswer)
        server.stop()
    }

    @Test func `only silence for the whole limit is a reason, and an answer begins it anew`() async throws {
        let limit = Duration.milliseconds(150)
        let isAnswering = Switch()
        let condition = FaultWatch(name: "liveness") { _ in isAnswering.isOn }.condition(within: limit)
        #expect(await condition.reason() == nil)
        try await Task.sleep(for: limit)
        isAnswering.isOn = true
        #expect(await condition.reason() == nil)
        isAnswering.isOn = false
        #expect(await condition.reason() == nil)
        try await Task.sleep(for: limit)
        #expect(await condition.reason()?.hasPrefix("no answer for") == true)
    }

    private final class Switch: Sendable {
        private let state = Mutex(false)
        var isOn: Bool {
            get { state.withLock(\.self) }
            set { state.withLock { $0 = newValue } }
        }
    }
}
