import HTTPClient
import Testing

@testable import LoadEngine

struct PlainTargetTests {
    private func plain(_ url: String, _ client: HTTPClientConfiguration = HTTPClientConfiguration()) -> PlainTarget? {
        try? PlainTarget(LoadRequest(url: url), client)
    }

    @Test func `a plain URL has its parts`() throws {
        let target = try #require(plain("http://Registry.example.com:8080/a/../b?x={n}#part"))
        #expect(target.server == .init(host: "registry.example.com", port: 8080, secureName: nil))
        #expect(target.authority == "registry.example.com:8080")
        #expect(target.target == "/a/../b?x={n}")
        #expect(plain("HTTP://127.0.0.1?q=1")?.target == "/?q=1")
        #expect(plain("http://127.0.0.1:80")?.authority == "127.0.0.1")
        #expect(plain("http://[::1]:81/")?.authority == "[::1]:81")
        #expect(plain("http://[::1]:81/")?.server.host == "::1")
    }

    @Test func `TLS has a port of its own, and the name of the URL`() throws {
        let target = try #require(plain("https://API.test/", .init(resolve: ["api.test": "127.0.0.1"])))
        #expect(target.server == .init(host: "127.0.0.1", port: 443, secureName: "api.test"))
        #expect(target.authority == "api.test")
        #expect(plain("https://127.0.0.1:80/")?.authority == "127.0.0.1:80")
    }

    @Test func `an address given for a name is connected to, and the name is said`() throws {
        let target = try #require(plain("http://api.test/", .init(resolve: ["api.test": "127.0.0.1"])))
        #expect(target.server.host == "127.0.0.1")
        #expect(target.authority == "api.test")
    }

    @Test(arguments: [
        "http://user:word@127.0.0.1/", "http://{n}.example.com/", "http://bücher.example/",
        "http://127.0.0.1/ä", "http://[fe80::1%25eth0]/", "http://127.0.0.1:99999/", "http:/127.0.0.1/",
        "https://user:word@127.0.0.1/", "https://[fe80::1%25eth0]/",
    ]) func `what is not plain is left to libcurl`(url: String) { #expect(plain(url) == nil) }

    @Test(arguments: ["Transfer-Encoding", "content-length", "Expect", "Upgrade", "Connection", "TE"])
    func `fields that frame a message are left to libcurl`(name: String) {
        let request = LoadRequest(url: "http://127.0.0.1/", headers: [HTTPHeader(name, "1")])
        #expect((try? PlainTarget(request, HTTPClientConfiguration())) == nil)
    }

    @Test func `one request that is not plain leaves the whole plan to libcurl`() {
        func plan(_ urls: [String], _ client: HTTPClientConfiguration = HTTPClientConfiguration()) -> LoadPlan {
            LoadPlan(
                requests: urls.map { LoadRequest(url: $0) },
                executor: .fixedCountPerWorker(.init(workers: 1, requestsEach: 1)), client: client)
        }
        #expect(plan(["http://127.0.0.1/", "http://localhost/"]).transport == .plain)
        #expect(plan(["http://127.0.0.1/", "https://127.0.0.1/"]).transport == .plain)
        #expect(plan(["http://127.0.0.1/"], .init(version: .http2)).transport == .plain)
        #expect(plan(["https://127.0.0.1/"], .init(version: .http2)).transport == .libcurl)
        #expect(
            plan(["https://127.0.0.1/"], .init(tls: .init(clientCertificateFile: "c.pem"))).transport == .libcurl)
        #expect(plan(["http://127.0.0.1/"], .init(version: .http2PriorKnowledge)).transport == .libcurl)
        #expect(
            plan(["https://127.0.0.1/a", "https://127.0.0.1/b"], .init(version: .http2)).transportChoice.reason
                == "/a asks for HTTP/2")
        #expect(plan(["http://127.0.0.1/"], .init(proxy: "http://127.0.0.1:3128")).transport == .libcurl)
    }
}
