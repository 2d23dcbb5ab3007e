import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import plumbline_sandbox

/// A fault proxy with its HTTP API, one proxy named `web`, and a real HTTP server behind that.
struct FaultProxyBench: Sendable {
    let api: String
    /// Through the proxy.
    let url: String
    let server: LoopbackHTTPServer
    let client = HTTPClient()
    let events: EventList

    /// Collects what the proxy would log.
    actor EventList {
        private(set) var kinds: [String] = []
        func add(_ event: FaultProxyEvent) { kinds.append(event.event.rawValue) }
    }

    /// Runs `body` with a bench whose server answers `response` to everything.
    static func with(
        _ response: @escaping @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply = { _ in
            .response(body: "hello")
        }, _ body: @escaping @Sendable (FaultProxyBench) async throws -> Void
    ) async throws {
        let server = try LoopbackHTTPServer(respond: response)
        let events = EventList()
        let (stream, continuation) = AsyncStream<FaultProxyEvent>.makeStream()
        let (ports, portContinuation) = AsyncStream<Int>.makeStream()
        let proxies = FaultProxies { continuation.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await event in stream { await events.add(event) } }
            group.addTask {
                try await FaultProxyServer(proxies: proxies).run(port: 0) { portContinuation.yield($0) }
            }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let proxy = try await proxies.create(ProxyRequest(name: "web", upstream: "127.0.0.1:\(server.port)"))
            let bench = FaultProxyBench(
                api: "http://127.0.0.1:\(port)", url: "http://\(proxy.listen)/", server: server, events: events)
            defer {
                continuation.finish()
                group.cancelAll()
                server.stop()
            }
            try await body(bench)
        }
    }

    /// Calls the HTTP API.
    func call(_ method: String, _ path: String, _ body: String? = nil) async throws -> HTTPResponse {
        try await client.send(
            HTTPRequest(method: method, url: api + path, body: body.map { Array($0.utf8) }, deadline: .seconds(10)))
    }

    /// Adds a toxic to `web`.
    func add(_ type: String, _ attributes: String, stream: String = "downstream", toxicity: Double = 1) async throws {
        let body =
            #"{"name":"t","type":"\#(type)","stream":"\#(stream)","toxicity":\#(toxicity),"attributes":\#(attributes)}"#
        let response = try await call("POST", "/proxies/web/toxics", body)
        try #require(response.status == 200, "\(response.text)")
    }

    /// Waits until the server has got so many requests.
    func served(_ count: Int) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(20))
        while server.requests.count < count {
            try #require(ContinuousClock.now < end, "the server got \(server.requests.count) requests, not \(count)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// One request through the proxy, with the time it took.
    func get(deadline: Duration = .seconds(10), fresh: Bool = false) async throws -> (HTTPResponse, Duration) {
        let begin = ContinuousClock.now
        let response = try await client.send(
            HTTPRequest(url: url, deadline: deadline, reusesConnection: !fresh))
        return (response, ContinuousClock.now - begin)
    }

    /// Why a request through the proxy fails.
    func failure(deadline: Duration = .seconds(10), fresh: Bool = false) async throws -> HTTPError.Code? {
        do {
            _ = try await get(deadline: deadline, fresh: fresh)
            return nil
        } catch let error as HTTPError {
            return error.code
        }
    }
}
