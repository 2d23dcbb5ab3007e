import Foundation
import HTTPClient
import TestSupport
import Testing

@Suite struct FailureTests {
    let client = HTTPClient()

    private func failure(of request: HTTPRequest, _ client: HTTPClient) async -> HTTPError? {
        do throws(HTTPError) {
            _ = try await client.send(request)
            return nil
        } catch {
            return error
        }
    }

    struct Script: CustomTestStringConvertible {
        var testDescription: String
        var reply: LoopbackHTTPServer.Reply
        var code: HTTPError.Code
    }

    static let scripts = [
        Script(testDescription: "closes without a word", reply: .silence, code: .emptyReply),
        Script(testDescription: "resets at once", reply: .reset, code: .connectionReset),
        Script(
            testDescription: "ends in the middle of the body",
            reply: .raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), code: .truncatedBody),
        Script(
            testDescription: "ends in the middle of a chunk",
            reply: .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), code: .truncatedBody),
        Script(
            testDescription: "resets in the middle of the body",
            reply: .init(steps: [
                .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8)), .wait(.milliseconds(50)), .reset,
            ]), code: .connectionReset),
        Script(testDescription: "speaks no HTTP", reply: .raw("SSH-2.0-OpenSSH\r\n"), code: .malformedResponse),
        Script(
            testDescription: "sends a chunk length that is none",
            reply: .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), code: .malformedResponse),
        Script(
            testDescription: "sends more header fields than allowed",
            reply: .raw("HTTP/1.1 200 OK\r\n" + String(repeating: "X-A: b\r\n", count: 1001) + "\r\n"),
            code: .headersTooLarge),
        Script(
            testDescription: "sends a header line without end",
            reply: .raw("HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "b", count: 300_000) + "\r\n\r\n"),
            code: .headersTooLarge),
    ]

    @Test(arguments: scripts)
    func `each way to fail has its own code`(script: Script) async throws {
        let server = try LoopbackHTTPServer { _ in script.reply }
        let error = try #require(await failure(of: HTTPRequest(url: server.url), client))
        #expect(error.code == script.code, "\(error)")
    }

    @Test func `nobody listening is a refused connection`() async throws {
        let server = try LoopbackHTTPServer { _ in .silence }
        let url = server.url
        server.stop()
        while await failure(of: HTTPRequest(url: url), client)?.code == .emptyReply {}
        let error = try #require(await failure(of: HTTPRequest(url: url), client))
        #expect(error.code == .connectionRefused, "\(error)")
        #expect(error.description.hasPrefix("GET \(url): connection refused after "))
    }

    @Test func `a name that does not exist could not be resolved`() async throws {
        let error = try #require(await failure(of: HTTPRequest(url: "http://does-not-exist.invalid/"), client))
        #expect([.couldNotResolve, .resolveTimeout].contains(error.code), "\(error)")
    }

    @Test(arguments: [
        "", "/relative", "ftp://127.0.0.1/", "file:///etc/hostname", "http://", "http://a b/", "http://a\r\nX: y/",
    ])
    func `what is no URL of ours is refused before anything is sent`(url: String) async throws {
        #expect(await failure(of: HTTPRequest(url: url), client)?.code == .invalidURL)
    }

    @Test(arguments: [
        HTTPRequest(method: "GE T", url: "http://127.0.0.1/"),
        HTTPRequest(method: "", url: "http://127.0.0.1/"),
        HTTPRequest(url: "http://127.0.0.1/", headers: [HTTPHeader("X-A", "b\r\nInjected: yes")]),
        HTTPRequest(url: "http://127.0.0.1/", headers: [HTTPHeader("X A", "b")]),
        HTTPRequest(method: "HEAD", url: "http://127.0.0.1/", body: [1]),
    ])
    func `a request that would be malformed is refused`(request: HTTPRequest) async throws {
        #expect(await failure(of: request, client)?.code == .invalidRequest)
    }

    @Test func `the deadline ends a silent server`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200, after: .seconds(60)) }
        let error = try #require(await failure(of: HTTPRequest(url: server.url, deadline: .milliseconds(150)), client))
        #expect(error.code == .timeout, "\(error)")
        #expect(error.elapsed < .seconds(30))
    }

    @Test func `the deadline also ends a server that drips`() async throws {
        let drip = (0..<100).flatMap { _ in
            [LoopbackHTTPServer.Reply.Step.send([0x61]), .wait(.milliseconds(50))]
        }
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n".utf8)
        let server = try LoopbackHTTPServer { _ in .init(steps: [.send(head)] + drip) }
        let error = try #require(await failure(of: HTTPRequest(url: server.url, deadline: .milliseconds(300)), client))
        #expect(error.code == .timeout, "\(error)")
    }

    @Test func `cancelling the task aborts the transfer`() async throws {
        let arrived = AsyncStream.makeStream(of: Void.self)
        let server = try LoopbackHTTPServer { _ in
            arrived.continuation.yield()
            return .response(200, after: .seconds(60))
        }
        let task = Task { await failure(of: HTTPRequest(url: server.url, deadline: .seconds(60)), client) }
        for await _ in arrived.stream { break }
        task.cancel()
        let error = try #require(await task.value)
        #expect(error.code == .cancelled)
        #expect(error.elapsed < .seconds(30))
    }

    @Test func `a task that is already cancelled sends nothing`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200) }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure(of: HTTPRequest(url: server.url), client)
        }
        #expect(await task.value?.code == .cancelled)
        #expect(server.requests.isEmpty)
    }

    @Test func `a body beyond the limit fails, or is cut where the request says so`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200, body: String(repeating: "x", count: 5000)) }
        var request = HTTPRequest(url: server.url, maximumBodyBytes: 4999)
        #expect(await failure(of: request, client)?.code == .bodyTooLarge)
        request.bodyOverflow = .truncate
        let cut = try await client.send(request)
        #expect(cut.body.count == 4999)
        #expect(cut.bodyIsTruncated)
        request.maximumBodyBytes = 5000
        let whole = try await client.send(request)
        #expect(whole.body.count == 5000)
        #expect(!whole.bodyIsTruncated)
    }

    @Test func `errors never show credentials of the URL`() async throws {
        let server = try LoopbackHTTPServer { _ in .silence }
        let url = "http://user:word-fake@127.0.0.1:\(server.port)/x?api_key=hk_test_sandbox_0&page=2"
        let error = try #require(await failure(of: HTTPRequest(url: url), client))
        #expect(!error.description.contains("word-fake"))
        #expect(!error.description.contains("hk_test_sandbox_0"))
        #expect(error.description.contains("page=2"))
    }
}
