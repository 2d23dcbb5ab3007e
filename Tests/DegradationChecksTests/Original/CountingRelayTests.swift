import HTTPClient
import TestSupport
import Testing

@testable import DegradationChecks

/// Connections are counted where they arrive.
@Suite struct CountingRelayTests {
    private func get(_ relay: CountingRelay) async throws(HTTPError) -> HTTPResponse {
        try await HTTPClient().send(
            HTTPRequest(url: "http://\(relay.address)/a", deadline: .seconds(5), reusesConnection: false))
    }

    @Test func `what goes through arrives unchanged, and each connection counts once`() async throws {
        let server = try LoopbackHTTPServer {
            .response(200, body: "\($0.path) \(String(repeating: "x", count: 200_000))")
        }
        let relay = try CountingRelay(to: "127.0.0.1:\(server.port)")
        defer { relay.stop() }
        for number in 1...5 {
            let answer = try await get(relay)
            #expect(answer.text == "/a " + String(repeating: "x", count: 200_000))
            #expect(relay.arrived == number)
        }
    }

    @Test func `a connection to a dead server is counted and closed`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200) }
        let port = server.port
        server.stop()
        let relay = try CountingRelay(to: "127.0.0.1:\(port)")
        defer { relay.stop() }
        await #expect(throws: HTTPError.self) { try await get(relay) }
        #expect(relay.arrived >= 1)
    }

    @Test func `a stopped relay takes no more`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200) }
        let relay = try CountingRelay(to: "127.0.0.1:\(server.port)")
        _ = try await get(relay)
        relay.stop()
        await #expect(throws: HTTPError.self) { try await get(relay) }
    }
}
