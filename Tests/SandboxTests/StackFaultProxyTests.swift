import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import plumbline_sandbox

/// What toxics do to real connections. Durations are bounded from below only: a toxic must not act too little.
@Suite(.timeLimit(.minutes(2)))
struct StackFaultProxyTests {
    @Test func `Without a toxic the bytes pass unchanged`() async throws {
        let body = String(repeating: "0123456789abcdef", count: 60_000)
        try await FaultProxyBench.with({ _ in .response(body: body) }) { bench in
            let text = try await bench.get().0.text
            #expect(text == body)
        }
    }

    @Test func `Latency delays every answer, also on a connection that was open before`() async throws {
        try await FaultProxyBench.with { bench in
            #expect(try await bench.get().0.text == "hello")
            try await bench.add("latency", #"{"latency":300,"jitter":0}"#)
            let (response, elapsed) = try await bench.get()
            #expect(response.text == "hello")
            #expect(elapsed >= .milliseconds(300))
            #expect(bench.server.connections == 1)
        }
    }

    @Test func `Latency grows in the ratio of its setting`() async throws {
        try await FaultProxyBench.with { bench in
            try await bench.add("latency", #"{"latency":100}"#)
            #expect(try await bench.get().1 >= .milliseconds(100))
            let update = try await bench.call("POST", "/proxies/web/toxics/t", #"{"attributes":{"latency":400}}"#)
            #expect(update.status == 200)
            #expect(try await bench.get().1 >= .milliseconds(400))
        }
    }

    @Test func `A removed latency lets go at once of what it holds back`() async throws {
        try await FaultProxyBench.with { bench in
            _ = try await bench.get()
            try await bench.add("latency", #"{"latency":60000}"#)
            async let answer = bench.get(deadline: .seconds(20))
            try await bench.served(2)
            #expect(try await bench.call("DELETE", "/proxies/web/toxics/t").status == 204)
            #expect(try await answer.0.text == "hello")
        }
    }

    @Test func `A disabled proxy refuses new connections and ends the open ones, and comes back on the same port`()
        async throws
    {
        try await FaultProxyBench.with({ _ in .response(body: "hello", after: .seconds(30)) }) { bench in
            async let open = bench.failure(deadline: .seconds(20))
            try await bench.served(1)
            let answer = try await bench.call("POST", "/proxies/web", #"{"enabled":false}"#)
            #expect(answer.text.contains(#""enabled":false"#))
            let ended = try await open
            #expect(ended == .emptyReply || ended == .connectionReset)
            #expect(try await bench.failure() == .connectionRefused)
        }
        try await FaultProxyBench.with { bench in
            _ = try await bench.call("POST", "/proxies/web", #"{"enabled":false}"#)
            _ = try await bench.call("POST", "/proxies/web", #"{"enabled":true}"#)
            #expect(try await bench.get().0.text == "hello")
        }
    }

    @Test func `A timeout of 0 holds the connection until the toxic is removed, then the connection closes`()
        async throws
    {
        try await FaultProxyBench.with { bench in
            try await bench.add("timeout", #"{"timeout":0}"#)
            #expect(try await bench.failure(deadline: .milliseconds(400)) == .timeout)
            async let held = bench.failure(deadline: .seconds(20))
            try await bench.served(2)
            _ = try await bench.call("DELETE", "/proxies/web/toxics/t")
            #expect(try await held == .emptyReply)
            #expect(try await bench.get().0.text == "hello")
        }
    }

    @Test func `A timeout above 0 closes the connection after that time`() async throws {
        try await FaultProxyBench.with { bench in
            try await bench.add("timeout", #"{"timeout":200}"#)
            let begin = ContinuousClock.now
            #expect(try await bench.failure() == .emptyReply)
            #expect(ContinuousClock.now - begin >= .milliseconds(200))
        }
    }

    @Test(arguments: ["upstream", "downstream"])
    func `A reset peer is a TCP reset`(stream: String) async throws {
        try await FaultProxyBench.with { bench in
            try await bench.add("reset_peer", #"{"timeout":0}"#, stream: stream)
            #expect(try await bench.failure() == .connectionReset)
        }
    }

    @Test func `Bandwidth stretches a body over the time it takes at that rate`() async throws {
        try await FaultProxyBench.with({ _ in .response(body: String(repeating: "x", count: 60_000)) }) { bench in
            try await bench.add("bandwidth", #"{"rate":100}"#)
            let (response, elapsed) = try await bench.get()
            #expect(response.body.count == 60_000)
            #expect(elapsed >= .milliseconds(500))
        }
    }

    @Test func `Limited data ends the connection inside the body`() async throws {
        try await FaultProxyBench.with({ _ in .response(body: String(repeating: "x", count: 50_000)) }) { bench in
            try await bench.add("limit_data", #"{"bytes":1000}"#)
            let code = try await bench.failure()
            #expect(code == .truncatedBody || code == .connectionReset)
        }
    }

    @Test func `A slow close keeps the end of the stream back`() async throws {
        try await FaultProxyBench.with({ _ in .raw("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello") }) { bench in
            try await bench.add("slow_close", #"{"delay":300}"#)
            let (response, elapsed) = try await bench.get()
            #expect(response.text == "hello")
            #expect(elapsed >= .milliseconds(300))
        }
    }

    @Test func `A toxicity of 0 spares every connection`() async throws {
        try await FaultProxyBench.with { bench in
            try await bench.add("timeout", #"{"timeout":0}"#, toxicity: 0)
            for _ in 0..<5 { #expect(try await bench.get(fresh: true).0.text == "hello") }
        }
    }

    @Test func `An upstream that refuses gives a reset, never silence`() async throws {
        try await FaultProxyBench.with { bench in
            bench.server.stop()
            let code = try await bench.failure()
            #expect(code == .connectionReset || code == .emptyReply)
        }
    }

    @Test func `Half a connection can be closed while the other half still carries the answer`() async throws {
        try await FaultProxyBench.with({ _ in .raw("HTTP/1.1 200 OK\r\n\r\nuntil the end") }) { bench in
            let text = try await bench.get().0.text
            #expect(text == "until the end")
        }
    }

    @Test func `Many connections at once keep their answers apart`() async throws {
        try await FaultProxyBench.with({ .response(body: $0.target) }) { bench in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<60 {
                    group.addTask {
                        let request = HTTPRequest(url: bench.url + "\(index)", deadline: .seconds(20))
                        return try await bench.client.send(request).text == "/\(index)"
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }
}
