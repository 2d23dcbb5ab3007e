import FaultInjection
import Foundation
import Sockets
import Synchronization
import Testing
import UndoLog

@Suite struct StandInTests {
    /// One proxy of Toxiproxy, as far as its upstream goes.
    private final class Upstream: FaultTransport {
        let address = Mutex("10.0.0.1:8000")

        func send(
            method: String, url: String, headers: [String: String], body: String?, deadline: Duration
        ) async throws -> (status: Int, body: String) {
            address.withLock { address in
                if method == "POST",
                    let new = body?.split(separator: "\"").last(where: { $0.contains(":") && $0.count > 1 })
                {
                    address = String(new)
                }
                return (200, #"{"name":"auth","enabled":true,"toxics":[],"upstream":"\#(address)"}"#)
            }
        }
    }

    @Test(arguments: ["http://127.0.0.1:8474", "http://[::1]:8474", "http://localhost:8474"])
    func `it answers everybody with its one answer, on the side of the fault proxies`(api: String) async throws {
        let standIn = try await StandIn(
            reachableFrom: api, status: 429, headers: [("Retry-After", "60")], body: #"{"detail":"slowly"}"#)
        for path in ["/", "/other"] {
            let stream = try await TCPStream.connect(
                host: standIn.address.host, port: try #require(standIn.address.port), deadline: .seconds(5))
            try await stream.write(
                Array("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody".utf8), deadline: .seconds(5))
            var answer: [UInt8] = []
            while case let some = try await stream.read(upTo: 4096, deadline: .seconds(5)), !some.isEmpty {
                answer += some
            }
            await stream.close()
            let text = String(decoding: answer, as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 429 "))
            #expect(text.contains("\r\nRetry-After: 60\r\n"))
            #expect(text.hasSuffix("\r\n\r\n{\"detail\":\"slowly\"}"))
        }
        #expect(standIn.count == 2)
        standIn.end()
    }

    @Test func `a redirected proxy is led back to where it led before`() async throws {
        let upstream = Upstream()
        let fault = ToxiproxyFault(
            api: "http://proxy", proxy: "auth", effect: .redirected("127.0.0.1:9999", insteadOf: "10.0.0.1:8000"),
            transport: upstream)
        let actions = try await fault.undoActions()
        try await fault.inject()
        #expect(upstream.address.withLock { $0 } == "127.0.0.1:9999")
        #expect(try await fault.isInPlace())
        for action in actions {
            guard case .http(let call) = action else { continue }
            _ = try await upstream.send(
                method: call.method, url: call.url, headers: call.headers, body: call.body, deadline: .seconds(1))
        }
        #expect(upstream.address.withLock { $0 } == "10.0.0.1:8000")
        #expect(try await fault.isInPlace() == false)
    }

    @Test func `a proxy that leads elsewhere than the configuration says is left alone`() async throws {
        let upstream = Upstream()
        let fault = ToxiproxyFault(
            api: "http://proxy", proxy: "auth", effect: .redirected("127.0.0.1:9999", insteadOf: "10.0.0.2:8000"),
            transport: upstream)
        let error = await #expect(throws: FaultError.self) { try await fault.undoActions() }
        #expect(error?.code == .notConfigured)
        #expect(upstream.address.withLock { $0 } == "10.0.0.1:8000")
    }
}
