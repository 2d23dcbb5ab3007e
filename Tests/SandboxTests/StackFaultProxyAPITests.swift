import Foundation
import HTTPClient
import Testing

@testable import plumbline_sandbox

/// The HTTP API as Toxiproxy's clients know it.
@Suite(.timeLimit(.minutes(2)))
struct StackFaultProxyAPITests {
    private struct ProxyBody: Decodable {
        let name: String
        let listen: String
        let upstream: String
        let enabled: Bool
        let toxics: [ToxicBody]
    }

    private struct ToxicBody: Decodable, Equatable {
        let name: String
        let type: String
        let stream: String
        let toxicity: Double
        let attributes: [String: Int]
    }

    @Test func `Proxies are created, listed, moved and deleted`() async throws {
        try await FaultProxyBench.with { bench in
            let body = #"{"name":"second","listen":"127.0.0.1:0","upstream":"127.0.0.1:\#(bench.server.port)"}"#
            let created = try await bench.call("POST", "/proxies", body)
            #expect(created.status == 201)
            let proxy = try created.json(ProxyBody.self)
            #expect(proxy.enabled && proxy.toxics.isEmpty && !proxy.listen.hasSuffix(":0"))
            let list = try await bench.call("GET", "/proxies").json([String: ProxyBody].self)
            #expect(list.keys.sorted() == ["second", "web"])
            let moved = try await bench.call("PATCH", "/proxies/second", #"{"upstream":"127.0.0.1:9"}"#)
            #expect(try moved.json(ProxyBody.self).upstream == "127.0.0.1:9")
            #expect(try await bench.call("DELETE", "/proxies/second").status == 204)
            #expect(try await bench.call("GET", "/proxies/second").status == 404)
        }
    }

    @Test func `Toxics are created with Toxiproxy's defaults, listed, updated and deleted`() async throws {
        try await FaultProxyBench.with { bench in
            let path = "/proxies/web/toxics"
            let body = #"{"type":"latency","attributes":{"latency":5}}"#
            let created = try await bench.call("POST", path, body).json(ToxicBody.self)
            let expected = ToxicBody(
                name: "latency_downstream", type: "latency", stream: "downstream", toxicity: 1,
                attributes: ["latency": 5, "jitter": 0])
            #expect(created == expected)
            #expect(try await bench.call("GET", path).json([ToxicBody].self) == [expected])
            #expect(try await bench.call("GET", path + "/latency_downstream").json(ToxicBody.self) == expected)
            let updated = try await bench.call("POST", path + "/latency_downstream", #"{"attributes":{"jitter":2}}"#)
            #expect(try updated.json(ToxicBody.self).attributes == ["latency": 5, "jitter": 2])
            #expect(try await bench.call("DELETE", path + "/latency_downstream").status == 204)
            #expect(try await bench.call("GET", path).json([ToxicBody].self).isEmpty)
        }
    }

    @Test func `A reset enables every proxy and removes every toxic`() async throws {
        try await FaultProxyBench.with { bench in
            try await bench.add("timeout", #"{"timeout":0}"#)
            _ = try await bench.call("POST", "/proxies/web", #"{"enabled":false}"#)
            #expect(try await bench.call("POST", "/reset").status == 204)
            let proxy = try await bench.call("GET", "/proxies/web").json(ProxyBody.self)
            #expect(proxy.enabled && proxy.toxics.isEmpty)
            #expect(try await bench.get().0.text == "hello")
        }
    }

    @Test func `The version is told`() async throws {
        try await FaultProxyBench.with { bench in
            let version = try await bench.call("GET", "/version").json([String: String].self)
            #expect(version["version"]?.hasPrefix("2.") == true)
        }
    }

    @Test(arguments: [
        ("POST", "/proxies", "no JSON", 400), ("POST", "/proxies", #"{"upstream":"127.0.0.1:1"}"#, 400),
        ("POST", "/proxies", #"{"name":"x"}"#, 400), ("POST", "/proxies", #"{"name":"x","upstream":"nowhere"}"#, 400),
        ("POST", "/proxies", #"{"name":"a/b","upstream":"127.0.0.1:1"}"#, 400),
        ("POST", "/proxies", #"{"name":"x","upstream":"127.0.0.1:70000"}"#, 400),
        ("POST", "/proxies", #"{"name":"web","upstream":"127.0.0.1:1"}"#, 409),
        ("POST", "/proxies/nobody", "{}", 404), ("DELETE", "/proxies/nobody", "", 404),
        ("POST", "/proxies/web/toxics", #"{"type":"magic"}"#, 400), ("POST", "/proxies/web/toxics", "{}", 400),
        ("POST", "/proxies/web/toxics", #"{"type":"latency","stream":"sideways"}"#, 400),
        ("POST", "/proxies/web/toxics", #"{"type":"latency","toxicity":2}"#, 400),
        ("POST", "/proxies/web/toxics", #"{"type":"latency","attributes":{"latency":-1}}"#, 400),
        ("POST", "/proxies/web/toxics", #"{"type":"latency","attributes":{"latancy":5}}"#, 400),
        ("POST", "/proxies/nobody/toxics", #"{"type":"latency"}"#, 404),
        ("POST", "/proxies", #"{"name":"x","upstream":"127.0.0.1:1","listen":"203.0.113.1:1"}"#, 500),
        ("DELETE", "/proxies/web/toxics/nothing", "", 404), ("GET", "/proxies/web/toxics/nothing", "", 404),
    ])
    func `A wrong request is refused with a reason, and changes nothing`(
        method: String, path: String, body: String, status: Int
    ) async throws {
        try await FaultProxyBench.with { bench in
            let before = try await bench.call("GET", "/proxies").text
            let answer = try await bench.call(method, path, body.isEmpty ? nil : body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.text.contains(#""error""#))
            #expect(try await bench.call("GET", "/proxies").text == before)
        }
    }

    @Test func `A second toxic of the same name is refused`() async throws {
        try await FaultProxyBench.with { bench in
            try await bench.add("latency", #"{"latency":1}"#)
            let second = try await bench.call(
                "POST", "/proxies/web/toxics", #"{"name":"t","type":"latency","attributes":{"latency":2}}"#)
            #expect(second.status == 409, "\(second.text)")
        }
    }

    @Test func `Every change is recorded, and looking is not a change`() async throws {
        try await FaultProxyBench.with { bench in
            _ = try await bench.call("GET", "/proxies")
            try await bench.add("latency", #"{"latency":1}"#)
            _ = try await bench.call("POST", "/proxies/web/toxics/t", #"{"attributes":{"latency":2}}"#)
            _ = try await bench.call("DELETE", "/proxies/web/toxics/t")
            _ = try await bench.call("POST", "/proxies/web", #"{"enabled":false}"#)
            _ = try await bench.call("POST", "/proxies/web", #"{"enabled":true}"#)
            _ = try await bench.call("POST", "/reset")
            _ = try await bench.call("DELETE", "/proxies/web")
            let expected = [
                "proxy-created", "toxic-added", "toxic-updated", "toxic-removed", "proxy-disabled", "proxy-enabled",
                "proxy-deleted",
            ]
            while await bench.events.kinds.count < expected.count { try await Task.sleep(for: .milliseconds(10)) }
            #expect(await bench.events.kinds == expected)
        }
    }

    @Test func `a proxy listens on an address of IPv6, tells it in brackets, and is led elsewhere and back`()
        async throws
    {
        try await FaultProxyBench.with { bench in
            let upstream = "127.0.0.1:\(bench.server.port)"
            let made = try await bench.call(
                "POST", "/proxies", #"{"name":"six","listen":"[::1]:0","upstream":"\#(upstream)"}"#)
            let listen = try made.json(ProxyBody.self).listen
            #expect(listen.wholeMatch(of: #/\[::1\]:[1-9][0-9]*/#) != nil)
            let url = "http://\(listen)/"
            #expect(try await bench.client.send(HTTPRequest(url: url)).text == "hello")
            _ = try await bench.call("POST", "/proxies/six", #"{"upstream":"[::1]:9"}"#)
            #expect(await bench.client.isGone(url))
            _ = try await bench.call("POST", "/proxies/six", #"{"upstream":"\#(upstream)"}"#)
            #expect(try await bench.client.send(HTTPRequest(url: url)).text == "hello")
        }
    }
}

extension HTTPClient {
    fileprivate func isGone(_ url: String) async -> Bool {
        (try? await send(HTTPRequest(url: url, deadline: .seconds(5)))) == nil
    }
}
