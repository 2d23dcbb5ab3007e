import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresReachabilityTests {
    private func failure(
        host: String = "127.0.0.1", port: Int, tls: PostgresConfiguration.TLSMode = .prefer, roots: String? = nil,
        deadline: Duration = .seconds(10)
    ) async -> PostgresError? {
        let configuration = PostgresConfiguration(
            host: host, port: port, user: PostgresServer.user, password: PostgresServer.password, database: "postgres",
            tls: tls, rootCertificates: roots)
        do {
            _ = try await PostgresConnection.connect(configuration, deadline: deadline)
            return nil
        } catch {
            return error
        }
    }

    @Test("A port without a listener is refused, on every address of a name", arguments: ["127.0.0.1", "db.localhost"])
    func refused(host: String) async throws {
        let error = try #require(await failure(host: host, port: try ServerProcess.freePort()))
        #expect(error.kind == .refused)
        #expect(error.isReachability)
        #expect(error.sqlState == nil)
    }

    @Test("A server that accepts and says nothing is a timeout") func silent() async throws {
        let server = try ScriptedServer(.silent)
        let error = try #require(await failure(port: server.port, deadline: .milliseconds(200)))
        #expect(error.kind == .timeout)
    }

    @Test("A name that cannot exist is told from a server that does not answer") func unknownName() async throws {
        let error = try #require(await failure(host: "no-such-host.invalid", port: 5432))
        #expect(error.kind == .nameNotResolved || error.kind == .timeout)
        #expect(error.message.contains("no-such-host.invalid"))
    }

    @Test("A peer that closes at once or speaks another protocol is not taken for a database")
    func strangers() async throws {
        let hangUp = try ScriptedServer(.hangUp)
        let web = try ScriptedServer(.reply(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)))
        let first = try #require(await failure(port: hangUp.port, tls: .disable))
        #expect(first.kind == .connectionLost)
        let second = try #require(await failure(port: web.port, tls: .disable))
        #expect([.protocol, .connectionLost].contains(second.kind))
    }

    @Test("TLS against a server that has none is an error of TLS") func plainServer() async throws {
        let server = try await PostgresServer()
        let error = try #require(await failure(port: server.port, tls: .require))
        #expect(error.kind == .tls)
        server.stop()
    }

    @Test("A good certificate is accepted and encrypts") func goodCertificate() async throws {
        let certificate = try TestCertificate.make()
        let server = try await PostgresServer(tls: certificate)
        try await certificate.withAuthorityFile { file in
            let configuration = PostgresConfiguration(
                host: "localhost", port: server.port, user: PostgresServer.user, password: PostgresServer.password,
                database: "postgres", tls: .verifyFull, rootCertificates: file)
            let connection = try await PostgresConnection.connect(configuration, deadline: .seconds(10))
            #expect(connection.session.tlsVersion == "TLSv1.3")
            #expect(try await connection.query("SELECT 1", deadline: .seconds(5)).scalar == "1")
        }
        server.stop()
    }

    @Test(
        "Certificates that are expired, for another host or of nobody we know are refused",
        arguments: [
            TestCertificate.Fault.expired, .wrongHost, .selfSigned,
        ])
    func badCertificates(fault: TestCertificate.Fault) async throws {
        let certificate = try TestCertificate.make(fault)
        let server = try await PostgresServer(tls: certificate)
        try await certificate.withAuthorityFile { file in
            let error = try #require(await failure(host: "localhost", port: server.port, tls: .verifyFull, roots: file))
            #expect(error.kind == .certificate, "\(error)")
        }
        server.stop()
    }
}
