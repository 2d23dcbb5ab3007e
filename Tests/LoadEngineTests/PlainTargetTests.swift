import HTTPClient
import Testing

@testable import LoadEngine

struct PlainTargetTests {
    private func plain(_ url: String, _ client: HTTPClientConfiguration = HTTPClientConfiguration()) -> PlainTarget? {
        PlainTarget(LoadRequest(url: url), client)
    }

    @Test func `a plain URL has its parts`() throws {
        let target = try #require(plain("http://Registry.example.com:8080/a/../b?x={n}#part"))
        #expect(target.host == "registry.example.com")
        #expect(target.port == 8080)
        #expect(target.authority == "registry.example.com:8080")
        #expect(target.target == "/a/../b?x={n}")
        #expect(plain("HTTP://127.0.0.1?q=1")?.target == "/?q=1")
        #expect(plain("http://127.0.0.1:80")?.authority == "127.0.0.1")
        #expect(plain("http://[::1]:81/")?.authority == "[::1]:81")
        #expect(plain("http://[::1]:81/")?.host == "::1")
    }

    @Test func `an address given for a name is connected to, and the name is said`() throws {
        let target = try #require(plain("http://api.test/", .init(resolve: ["api.test": "127.0.0.1"])))
        #expect(target.host == "127.0.0.1")
        #expect(target.authority == "api.test")
    }

    @Test(arguments: [
        "https://127.0.0.1/", "http://user:word@127.0.0.1/", "http://{n}.example.com/", "http://bücher.example/",
        "http://127.0.0.1/ä", "http://[fe80::1%25eth0]/", "http://127.0.0.1:99999/", "http:/127.0.0.1/",
    ]) func `what is not plain is left to libcurl`(url: String) { #expect(plain(url) == nil) }

    @Test(arguments: ["Transfer-Encoding", "content-length", "Expect", "Upgrade", "Connection", "TE"])
    func `fields that frame a message are left to libcurl`(name: String) {
        let request = LoadRequest(url: "http://127.0.0.1/", headers: [HTTPHeader(name, "1")])
        #expect(PlainTarget(request, HTTPClientConfiguration()) == nil)
    }

    @Test func `one request that is not plain leaves the whole plan to libcurl`() {
        func plan(_ urls: [String], _ client: HTTPClientConfiguration = HTTPClientConfiguration()) -> LoadPlan {
            LoadPlan(
                requests: urls.map { LoadRequest(url: $0) },
                executor: .fixedCountPerWorker(.init(workers: 1, requestsEach: 1)), client: client)
        }
        #expect(plan(["http://127.0.0.1/", "http://localhost/"]).transport == .plain)
        #expect(plan(["http://127.0.0.1/", "https://127.0.0.1/"]).transport == .libcurl)
        #expect(plan(["http://127.0.0.1/"], .init(version: .http2)).transport == .plain)
        #expect(plan(["http://127.0.0.1/"], .init(version: .http2PriorKnowledge)).transport == .libcurl)
        #expect(plan(["http://127.0.0.1/"], .init(proxy: "http://127.0.0.1:3128")).transport == .libcurl)
    }
}
