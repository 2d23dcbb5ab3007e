import HTTPClient
import TestSupport
import Testing

@Suite struct RedirectTests {
    let client = HTTPClient()

    @Test func `redirects are shown, not followed, by default`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(307, headers: [("Location", "/models/")]) }
        let response = try await client.send(HTTPRequest(url: server.url + "/models"))
        #expect(response.status == 307)
        #expect(response.headers["Location"] == "/models/")
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        (301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (303, "PUT", "GET"), (307, "POST", "POST"),
        (308, "POST", "POST"), (302, "PUT", "PUT"), (301, "GET", "GET"),
    ])
    func `the method after a redirect follows RFC 9110`(status: Int, method: String, expected: String) async throws {
        let server = try LoopbackHTTPServer { request in
            request.path == "/from" ? .response(status, headers: [("Location", "to?x=1")]) : .response(200)
        }
        let body = method == "GET" ? nil : Array("abc".utf8)
        let response = try await client.send(
            HTTPRequest(method: method, url: server.url + "/from", body: body, followsRedirects: true))
        #expect(response.status == 200)
        #expect(response.redirects == [server.url + "/from"])
        let last = try #require(server.requests.last)
        #expect(last.method == expected)
        #expect(last.target == "/to?x=1")
        #expect(last.body == (expected == "GET" ? [] : Array("abc".utf8)))
    }

    @Test(arguments: ["Authorization", "authorization", "X-API-Key", "Cookie", "PRIVATE-TOKEN", "X-Amz-Security-Token"])
    func `credentials stay with their origin`(name: String) async throws {
        let foreign = try LoopbackHTTPServer { _ in .response(200) }
        let server = try LoopbackHTTPServer { request in
            switch request.path {
            case "/here": .response(302, headers: [("Location", "/there")])
            case "/there": .response(302, headers: [("Location", foreign.url + "/elsewhere")])
            default: .response(404)
            }
        }
        let response = try await client.send(
            HTTPRequest(
                url: server.url + "/here",
                headers: [HTTPHeader(name, "hk_test_sandbox_0"), HTTPHeader("Accept-Language", "de")],
                followsRedirects: true))
        #expect(response.status == 200)
        #expect(server.requests.map { $0.header(name) } == ["hk_test_sandbox_0", "hk_test_sandbox_0"])
        #expect(foreign.requests.map { $0.header(name) } == [nil])
        #expect(foreign.requests.map { $0.header("Accept-Language") } == ["de"])
    }

    @Test func `a circle of redirects ends`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(302, headers: [("Location", "/again")]) }
        await #expect(throws: HTTPError.self) {
            _ = try await client.send(HTTPRequest(url: server.url, followsRedirects: true, maximumRedirects: 3))
        }
        #expect(server.requests.count == 4)
    }

    @Test(arguments: ["file:///etc/hostname", "gopher://127.0.0.1/", "http://"])
    func `a redirect leads to http and https only`(location: String) async throws {
        let server = try LoopbackHTTPServer { _ in .response(302, headers: [("Location", location)]) }
        await #expect(throws: HTTPError.self) {
            _ = try await client.send(HTTPRequest(url: server.url, followsRedirects: true))
        }
    }
}
