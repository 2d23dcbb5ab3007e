import Formats
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import LoadEngine

/// The same plans over both transports, with and without TLS: what is measured must not depend on how the bytes were
/// moved.
@Suite(.serialized) struct TransportTests {
    private func run(
        _ way: Way, _ requests: [LoadRequest], workers: Int = 2, each: Int = 3,
        limits: LoadLimits = LoadLimits(deadline: .seconds(5)), resolve: [String: String] = [:],
        reusesConnections: Bool = true
    ) async throws -> LoadReport {
        let plan = LoadPlan(
            requests: requests, executor: .fixedCountPerWorker(.init(workers: workers, requestsEach: each)),
            limits: limits, client: try way.client(resolve: resolve), reusesConnections: reusesConnections)
        try #require(way.transport == .libcurl || plan.transport == .plain)
        let report = try await LoadEngine(plan, transport: way.transport).run()
        #expect(report.transport == way.transport)
        return report
    }

    /// A server's odd way to answer, and what both transports make of it.
    struct OddAnswer: Sendable, CustomTestStringConvertible {
        var name: String
        var reply: LoopbackHTTPServer.Reply
        var method = "GET"
        /// Of each answer; nil when there is none.
        var status: Int? = 200
        var bodyBytes = 0
        var error: String?
        /// Where libcurl is more lenient: the status it takes the answer for, and the bytes.
        var lenient: (status: Int, bodyBytes: Int)?

        var testDescription: String { name }
    }

    private static func send(_ text: String) -> LoopbackHTTPServer.Reply { .init(steps: [.send(Array(text.utf8))]) }

    private static func slowly(_ text: String) -> LoopbackHTTPServer.Reply {
        .init(steps: text.utf8.flatMap { [.send([$0]), .wait(.milliseconds(1))] })
    }

    private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    static let oddAnswers: [OddAnswer] = [
        .init(name: "a length", reply: send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), bodyBytes: 5),
        .init(name: "byte by byte", reply: slowly("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), bodyBytes: 5),
        .init(name: "bare line feeds", reply: send("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), bodyBytes: 5),
        .init(
            name: "no reason", reply: send("HTTP/1.1 299\r\nContent-Length: 5\r\n\r\nhello"), status: 299, bodyBytes: 5),
        .init(
            name: "close said", reply: send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"),
            bodyBytes: 5),
        .init(name: "until close", reply: .raw("HTTP/1.1 200 OK\r\n\r\nhello"), bodyBytes: 5),
        .init(name: "HTTP/1.0", reply: .raw("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"), bodyBytes: 5),
        .init(
            name: "HTTP/1.0 until close", reply: .raw("HTTP/1.0 404 No\r\n\r\nhello"), status: 404, bodyBytes: 5,
            error: "HTTP_404"),
        .init(name: "chunks", reply: send(chunked + "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), bodyBytes: 5),
        .init(
            name: "chunks with extensions and trailers",
            reply: slowly(chunked + "5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), bodyBytes: 5),
        .init(
            name: "interim answers",
            reply: send(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
            ),
            bodyBytes: 5),
        .init(name: "no content", reply: send("HTTP/1.1 204 No Content\r\n\r\n"), status: 204),
        .init(name: "not modified", reply: send("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), status: 304),
        .init(name: "HEAD", reply: send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), method: "HEAD"),
        .init(
            name: "a redirect is an answer",
            reply: send("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"), status: 302),
        .init(name: "reset", reply: .reset, status: nil, error: "connection-reset"),
        .init(name: "silence", reply: .silence, status: nil, error: "empty-reply"),
        .init(
            name: "cut off in the body", reply: .raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), status: nil,
            bodyBytes: 5, error: "truncated-body"),
        .init(
            name: "cut off between chunks", reply: .raw(chunked + "5\r\nhello\r\n"), status: nil, bodyBytes: 5,
            error: "truncated-body"),
        .init(
            name: "a bad chunk size", reply: .raw(chunked + "zz\r\nhello\r\n"), status: nil, error: "malformed-response"
        ),
        .init(name: "no HTTP", reply: .raw("SSH-2.0-OpenSSH_9.2p1\r\n"), status: nil, error: "malformed-response"),
        .init(
            name: "a negative length", reply: .raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), status: nil,
            error: "malformed-response"),
        .init(
            name: "a length beside chunks",
            reply: send(
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            status: nil, error: "malformed-response", lenient: (200, 5)),
        .init(
            name: "two lengths", reply: .raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 5\r\n\r\nhello"),
            status: nil, error: "malformed-response", lenient: (200, 5)),
        .init(
            name: "cut off in the head", reply: .raw("HTTP/1.1 200 OK\r\nServer: x\r\nConte"), status: nil,
            error: "malformed-response", lenient: (200, 0)),
        .init(
            name: "a body that is too large", reply: .response(200, body: String(repeating: "x", count: 20_001)),
            status: nil,
            bodyBytes: 20_001, error: "body-too-large"),
        .init(
            name: "a line without end", reply: .raw("HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 400_000)),
            status: nil,
            error: "headers-too-large"),
        .init(name: "too slow", reply: .response(200, after: .seconds(9)), status: nil, error: "timeout"),
    ]

    @Test(arguments: oddAnswers) func `odd answers mean the same over both transports`(odd: OddAnswer) async throws {
        for way in Way.all {
            let server = try way.server { _ in odd.reply }
            let report = try await run(
                way, [LoadRequest(method: odd.method, url: server.url + "/x")],
                limits: LoadLimits(deadline: .milliseconds(700), maximumBodyBytes: 20_000))
            let lenient = way.transport == .libcurl ? odd.lenient : nil
            let status = lenient?.status ?? odd.status
            #expect(report.overall.completed == 6, "\(way.testDescription)")
            #expect(report.overall.statuses == (status.map { [$0: 6] } ?? [:]), "\(way.testDescription)")
            #expect(
                report.overall.errors == (lenient == nil ? odd.error.map { [$0: 6] } ?? [:] : [:]),
                "\(way.testDescription)")
            // Of a broken answer each transport has read as much as it happened to.
            if status != nil {
                #expect(report.overall.bodyBytes == 6 * (lenient?.bodyBytes ?? odd.bodyBytes), "\(way.testDescription)")
            }
        }
    }

    @Test func `a server sees the same requests from both transports`() async throws {
        let requests = { (url: String) in
            [
                LoadRequest(url: url), LoadRequest(url: url + "?n={n}"), LoadRequest(url: url + "/a/../b?x=%20#part"),
                LoadRequest(method: "HEAD", url: url + "/head"), LoadRequest(method: "DELETE", url: url + "/d"),
                LoadRequest(method: "POST", url: url + "/empty"),
                LoadRequest(
                    method: "PUT", url: url + "/put", headers: [HTTPHeader("Content-Type", "text/plain")],
                    body: Array("number {n}, again {n}".utf8)),
                LoadRequest(url: url + "/body", body: Array("a body".utf8)),
                LoadRequest(
                    url: url + "/fields",
                    headers: [
                        HTTPHeader("Host", "else.test"), HTTPHeader("user-agent", "test"), HTTPHeader("Accept", "a/b"),
                        HTTPHeader("X-Empty", ""), HTTPHeader("X-Number", "{n}-{n}"),
                    ]),
            ]
        }
        var seen: [[String]] = []
        for way in Way.all {
            let server = try way.server { _ in .response(200) }
            let report = try await run(way, requests(server.url), workers: 1, each: 99)
            #expect(report.overall.successful == 99)
            seen.append(
                server.requests.map { request in
                    let fields = request.headers.map { "\($0.name.lowercased()): \($0.value)" }.sorted()
                    return
                        "\(request.method) \(request.target) \(fields) \(String(decoding: request.body, as: UTF8.self))"
                        .replacing(":\(server.port)", with: "")
                })
        }
        #expect(seen[0].count == 99)
        #expect(seen[0] == seen[2])
        #expect(seen[1] == seen[2])
    }

    /// Every second request on a connection finds it closed, as after a server's keep-alive time. The retry always opens a
    /// fresh connection; libcurl's may meet another that was closed as well, and is not held to this.
    @Test(arguments: Way.own, [LoopbackHTTPServer.Reply.silence, .reset])
    func `a connection that was closed between requests is replaced, and nobody suffers`(
        way: Way, farewell: LoopbackHTTPServer.Reply
    ) async throws {
        let used = UsedConnections()
        let server = try way.server { request in used.isFirst(request.connection) ? .response(200) : farewell }
        let report = try await run(way, [LoadRequest(method: "POST", url: server.url)], workers: 2, each: 10)
        #expect(report.overall.successful == 20)
        #expect(server.requests.count > 20)
        #expect(report.generator.connectionsOpened == server.connections)
    }

    /// Something of an answer came over the old connection: the request may have been carried out, and is not repeated.
    @Test(arguments: Way.all) func `a request is not repeated once its answer has begun`(way: Way)
        async throws
    {
        let used = UsedConnections()
        let server = try way.server { request in
            used.isFirst(request.connection)
                ? .response(200) : .raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
        }
        let report = try await run(way, [LoadRequest(url: server.url)], workers: 1, each: 10)
        #expect(report.overall.errors == ["truncated-body": 5])
        #expect(server.requests.count == 10)
    }

    @Test(arguments: Way.all) func `connections are kept, or not, as the plan says`(way: Way) async throws {
        let server = try way.server { _ in .response(200) }
        let kept = try await run(way, [LoadRequest(url: server.url)], workers: 3, each: 20)
        #expect(server.connections <= 3)
        #expect(kept.generator.connectionsOpened == server.connections)
        #expect(kept.overall.connect.count == server.connections)
        let before = server.connections
        let fresh = try await run(
            way, [LoadRequest(url: server.url)], workers: 3, each: 20, reusesConnections: false)
        #expect(server.connections - before == 60)
        #expect(fresh.generator.connectionsOpened == 60)
        #expect(fresh.overall.successful == 60)
    }

    @Test(arguments: Way.all) func `an answer that has more behind it ends its connection`(way: Way)
        async throws
    {
        let server = try way.server { _ in Self.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more")
        }
        let report = try await run(way, [LoadRequest(url: server.url)], workers: 1, each: 5)
        #expect(report.overall.successful == 5)
        #expect(report.overall.bodyBytes == 10)
        #expect(server.connections == 5)
    }

    @Test(arguments: Way.all) func `a large body is sent to a server that reads slowly`(way: Way)
        async throws
    {
        let server = try way.server { .response(200, body: String($0.body.count)) }
        let body = [UInt8](repeating: 0x61, count: 3 << 20)
        let report = try await run(
            way, [LoadRequest(method: "PUT", url: server.url, body: body, expectation: .init(bodyBytes: 7...7))],
            limits: LoadLimits(deadline: .seconds(30)))
        #expect(report.overall.successful == 6)
        #expect(server.requests.allSatisfy { $0.body.count == 3 << 20 })
    }

    @Test(arguments: Way.all) func `a large answer is counted and its field found`(way: Way) async throws {
        let answer = #"{"status":"healthy","filler":"\#(String(repeating: "x", count: 1 << 20))"}"#
        let server = try way.server { _ in .json(answer) }
        let report = try await run(
            way,
            [LoadRequest(url: server.url, expectation: .init(json: .init(path: ["status"], value: "healthy")))])
        #expect(report.overall.successful == 6)
        #expect(report.overall.bodyBytes == 6 * answer.utf8.count)
    }

    @Test(arguments: Way.all) func `a name is resolved, and its second address tried`(way: Way)
        async throws
    {
        let server = try way.server { _ in .response(200) }
        let scheme = server.url.prefix { $0 != ":" }
        // OpenSSL and libcurl both refuse a wildcard for all of a top-level domain, such as the certificate's.
        for name in way.isSecure ? ["localhost"] : ["localhost", "plumbline.localhost"] {
            let report = try await run(way, [LoadRequest(url: "\(scheme)://\(name):\(server.port)/")])
            #expect(report.overall.successful == 6)
        }
        let given = way.isSecure ? "localhost" : "api.test"
        let resolved = try await run(
            way, [LoadRequest(url: "\(scheme)://\(given):\(server.port)/")], resolve: [given: "127.0.0.1"])
        #expect(resolved.overall.successful == 6)
        #expect(server.requests.last?.header("Host") == "\(given):\(server.port)")
    }

    @Test(arguments: Way.all) func `a target that is not there is named as what it is`(way: Way)
        async throws
    {
        let port = try ServerProcess.freePort()
        let refused = try await run(way, [LoadRequest(url: "http://127.0.0.1:\(port)/")])
        #expect(refused.overall.errors == ["connection-refused": 6])
        let unknown = try await run(
            way, [LoadRequest(url: "http://no-such-name.invalid/")], limits: LoadLimits(deadline: .seconds(10)))
        #expect(unknown.overall.errors == ["could-not-resolve": 6])
        #expect(unknown.overall.responseTime.isEmpty)
    }

    @Test(arguments: Way.all) func `several servers in one plan keep connections of their own`(way: Way)
        async throws
    {
        let servers = try (0..<3).map { number in try way.server { _ in .response(200 + number) } }
        let report = try await run(
            way, servers.map { LoadRequest(url: $0.url + "/") }, workers: 2, each: 30,
            limits: LoadLimits(threads: 2))
        #expect(report.overall.statuses == [200: 20, 201: 20, 202: 20])
        for server in servers { #expect(server.connections <= 2) }
    }
}

/// Remembers which connections have carried a request.
private final class UsedConnections: Sendable {
    private let numbers = Mutex<Set<Int>>([])

    func isFirst(_ number: Int) -> Bool { numbers.withLock { $0.insert(number).inserted } }
}
