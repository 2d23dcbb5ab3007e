import Sockets
import TestSupport
import Testing

@testable import PostgresClient

@Suite(.serialized) struct PostgresTLSTests {
    private let tls = TLSConfiguration(serverName: "localhost", verifies: false)

    @Test(
        "A server's certificate is seen without a log-in, with what is wrong with it",
        arguments: [(TestCertificate.Fault.none, nil), (.expired, "certificate has expired")]
            as [(TestCertificate.Fault, String?)])
    func certificate(fault: TestCertificate.Fault, problem: String?) async throws {
        let certificate = try TestCertificate.make(fault)
        let server = try await PostgresServer(tls: certificate)
        defer { server.stop() }
        try await certificate.withAuthorityFile { file in
            let peer = try await PostgresTLS.peer(
                host: "127.0.0.1", port: server.port,
                TLSConfiguration(serverName: "localhost", rootCertificates: file, verifies: false),
                deadline: .seconds(5))
            #expect(peer?.chain.first?.names.contains("localhost") == true)
            #expect(peer?.problem == problem)
        }
    }

    @Test("A server without TLS says so") func without() async throws {
        let server = try await PostgresServer()
        defer { server.stop() }
        #expect(
            try await PostgresTLS.peer(host: "127.0.0.1", port: server.port, tls, deadline: .seconds(5)) == nil)
    }

    @Test("A server of another kind is called that") func another() async throws {
        let server = try await RedisServer()
        defer { server.stop() }
        do throws(StreamError) {
            _ = try await PostgresTLS.peer(host: "127.0.0.1", port: server.port, tls, deadline: .seconds(3))
            Issue.record("Redis was taken for PostgreSQL")
        } catch {
            #expect([.other, .closed, .timeout].contains(error.kind), "\(error)")
        }
    }
}
