import Foundation
import HTTPClient
import TestSupport
import Testing

@Suite struct ExchangeTests {
    let client = HTTPClient()

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func `the method and the body arrive as they were given`(method: String) async throws {
        let server = try LoopbackHTTPServer { .response(200, bytes: $0.body) }
        let body = Array("{\"name\":\"sandbox\"}".utf8)
        let response = try await client.send(
            HTTPRequest(
                method: method, url: server.url + "/echo?x=1",
                headers: [HTTPHeader("Content-Type", "application/json")],
                body: body))
        let request = try #require(server.requests.first)
        #expect(request.method == method)
        #expect(request.target == "/echo?x=1")
        #expect(request.header("Content-Type") == "application/json")
        #expect(response.body == body)
    }

    @Test(arguments: ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
    func `without a body no content type is invented`(method: String) async throws {
        let server = try LoopbackHTTPServer { $0.method == "HEAD" ? .raw("HTTP/1.1 204 No\r\n\r\n") : .response(200) }
        let response = try await client.send(HTTPRequest(method: method, url: server.url))
        let request = try #require(server.requests.first)
        #expect(response.status == (method == "HEAD" ? 204 : 200))
        #expect(request.header("Content-Type") == nil)
        #expect(request.header("Expect") == nil)
        #expect(request.body.isEmpty)
    }

    @Test func `an upload of 64 MiB arrives whole`() async throws {
        let body = Array(repeating: Array("0123456789abcdef".utf8), count: 4 << 20).joined().map { $0 }
        let server = try LoopbackHTTPServer(recordsRequests: false) { request in
            .response(200, body: "\(request.body.count) \(request.body == body)")
        }
        let response = try await client.send(
            HTTPRequest(method: "PUT", url: server.url, body: body, deadline: .seconds(120)))
        #expect(response.text == "\(64 << 20) true")
    }

    @Test func `repeated header fields are all kept and found whatever their case`() async throws {
        let server = try LoopbackHTTPServer { _ in
            .response(200, headers: [("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("X-Empty", "")])
        }
        let response = try await client.send(HTTPRequest(url: server.url))
        #expect(response.headers.values("SET-COOKIE") == ["a=1", "b=2"])
        #expect(response.headers["x-empty"] == "")
        #expect(response.headers["x-absent"] == nil)
    }

    @Test func `an interim answer is not taken for the answer`() async throws {
        let server = try LoopbackHTTPServer { _ in
            .raw("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        let response = try await client.send(HTTPRequest(url: server.url))
        #expect(response.status == 200)
        #expect(response.headers["Link"] == nil)
        #expect(response.text == "ok")
    }

    @Test func `a connection is kept for the next request unless told otherwise`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200, body: "ok") }
        let first = try await client.send(HTTPRequest(url: server.url))
        let second = try await client.send(HTTPRequest(url: server.url))
        let third = try await client.send(HTTPRequest(url: server.url, reusesConnection: false))
        #expect([first, second, third].map(\.reusedConnection) == [false, true, false])
        #expect(server.requests.map(\.connection) == [0, 0, 1])
    }

    @Test func `the timing tells a slow server from a slow network`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200, body: "ok", after: .milliseconds(120)) }
        let response = try await client.send(HTTPRequest(url: server.url))
        #expect(response.timing.firstByte >= .milliseconds(115))
        #expect(response.timing.total >= response.timing.firstByte)
        #expect(response.timing.connect > .zero)
        #expect(response.timing.tls == .zero)
        #expect(response.remoteAddress == "127.0.0.1")
        #expect(response.remotePort == server.port)
    }

    @Test func `the path is sent as it stands`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(404) }
        _ = try await client.send(HTTPRequest(url: server.url + "/a/../b/./c//d%2F"))
        #expect(server.requests.map(\.target) == ["/a/../b/./c//d%2F"])
    }

    @Test func `a request can go to an address of its own while keeping its host name`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200) }
        var request = HTTPRequest(url: "http://registry.example.test:\(server.port)/")
        request.connectTo = HTTPEndpoint(host: "127.0.0.1")
        #expect(try await client.send(request).status == 200)
        let named = HTTPClient(.init(resolve: ["registry.example.test": "127.0.0.1"]))
        #expect(try await named.send(HTTPRequest(url: request.url)).status == 200)
        #expect(
            server.requests.map { $0.header("Host") }
                == Array(repeating: "registry.example.test:\(server.port)", count: 2))
    }

    @Test func `many requests run at once on one client`() async throws {
        let server = try LoopbackHTTPServer { .response(200, body: $0.target, after: .milliseconds(50)) }
        let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<100 {
                group.addTask { (number, try await client.send(HTTPRequest(url: "\(server.url)/\(number)")).text) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers == Dictionary(uniqueKeysWithValues: (0..<100).map { ($0, "/\($0)") }))
    }

    @Test func `variables that name a proxy are ignored`() async throws {
        setenv("http_proxy", "http://127.0.0.1:1", 1)
        defer { unsetenv("http_proxy") }
        let server = try LoopbackHTTPServer { _ in .response(200) }
        #expect(try await HTTPClient().send(HTTPRequest(url: server.url)).status == 200)
    }

    @Test func `a configured proxy is asked for the whole URL`() async throws {
        let proxy = try LoopbackHTTPServer { _ in .response(200, body: "by proxy") }
        let client = HTTPClient(.init(proxy: proxy.url))
        #expect(try await client.send(HTTPRequest(url: "http://registry.example.test/x")).text == "by proxy")
        #expect(proxy.requests.map(\.target) == ["http://registry.example.test/x"])
    }

    @Test func `compressed content is asked for and decoded only on request`() async throws {
        // "plumb" as a gzip member with one stored block.
        let packed: [UInt8] = [
            0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 5, 0, 0xFA, 0xFF, 0x70, 0x6C, 0x75, 0x6D, 0x62, 0x4C, 0xE0, 0xD5,
            0x6F,
            5, 0, 0, 0,
        ]
        let server = try LoopbackHTTPServer { _ in
            .response(200, headers: [("Content-Encoding", "gzip")], bytes: packed)
        }
        #expect(try await client.send(HTTPRequest(url: server.url)).body == packed)
        #expect(server.requests.first?.header("Accept-Encoding") == nil)
        let decoded = try await client.send(HTTPRequest(url: server.url, acceptsCompressed: true))
        #expect(server.requests.last?.header("Accept-Encoding")?.contains("gzip") == true)
        #expect(decoded.text == "plumb")
    }
}
