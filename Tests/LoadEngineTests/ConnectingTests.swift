import Formats
import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import LoadEngine

/// Servers whose addresses do not all answer.
@Suite(.serialized) struct ConnectingTests {
    private func run(
        _ transport: LoadTransport, _ url: String, deadline: Duration, each: Int = 2, reusesConnections: Bool = false
    ) async throws -> LoadReport {
        let plan = LoadPlan(
            requests: [LoadRequest(url: url)],
            executor: .fixedCountPerWorker(.init(workers: 3, requestsEach: each)),
            limits: LoadLimits(deadline: deadline),
            reusesConnections: reusesConnections)
        return try await LoadEngine(plan, transport: transport).run()
    }

    @Test(arguments: [LoadTransport.plain, .libcurl])
    func `an address that swallows connections is a time-out while connecting`(transport: LoadTransport) async throws {
        let hole = try BlackHole()
        let report = try await run(transport, "http://127.0.0.1:\(hole.port)/", deadline: .milliseconds(300))
        #expect(report.overall.errors == ["connect-timeout": 6])
        #expect(report.overall.responseTime.count == 6)
        #expect(report.overall.responseTime.minimum >= .milliseconds(299))
    }

    @Test func `a server on IPv6 is measured`() async throws {
        let server = try LoopbackHTTPServer(isIPv6: true) { _ in .response(200) }
        let report = try await run(.plain, server.url + "/", deadline: .seconds(5))
        #expect(report.overall.successful == 6)
        #expect(server.requests.first?.header("Host") == "[::1]:\(server.port)")
    }

    /// 127.0.0.1 swallows connections, ::1 answers: a second attempt runs beside the first, and later ones know better.
    @Test func `an address that swallows connections costs a moment, once`() async throws {
        let hole = try BlackHole()
        let server = try LoopbackHTTPServer(isIPv6: true, port: hole.port) { _ in .response(200) }
        let report = try await run(
            .plain, "http://plumbline.localhost:\(hole.port)/", deadline: .seconds(10), each: 20)
        #expect(report.overall.successful == 60)
        #expect(server.connections == 60)
        #expect(report.overall.responseTime.maximum >= .milliseconds(190))
        // Were each connection to try the dead address first, none would be quicker.
        #expect(report.overall.responseTime.percentile(50) < .milliseconds(190))
    }
}

/// Listens on 127.0.0.1 with a queue that is full, so that new connections get no answer of any kind.
private final class BlackHole {
    let port: Int
    private var descriptors: [Int32] = []

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptors.append(listener)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 0) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EIO) }
        port = Int(UInt16(bigEndian: address.sin_port))
        // A queue of length 0 holds one connection; the others wait for room that never comes.
        for _ in 0..<4 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            descriptors.append(client)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, length) }
            }
        }
        usleep(20_000)
    }

    deinit { descriptors.forEach { _ = close($0) } }
}
