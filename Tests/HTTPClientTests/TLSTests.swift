import Foundation
import HTTPClient
import TestSupport
import Testing

@Suite(.serialized) struct TLSTests {
    private func failure(_ client: HTTPClient, _ url: String) async -> HTTPError? {
        do throws(HTTPError) {
            _ = try await client.send(HTTPRequest(url: url))
            return nil
        } catch {
            return error
        }
    }

    @Test func `a chain of a known authority is accepted and can be looked at`() async throws {
        try await TLSServer.with(.valid) { server in
            let client = HTTPClient(.init(tls: .init(authorityFile: server.authorityFile)))
            let response = try await client.send(HTTPRequest(url: server.url, collectsCertificates: true))
            #expect(response.status == 200)
            #expect(response.timing.tls > .zero)
            let leaf = try #require(response.certificates.first)
            #expect(leaf.subject.contains("localhost"))
            #expect(leaf.issuer.contains("Sandbox-Authority"))
            #expect(leaf.alternativeNames == ["localhost"])
            #expect(leaf.pem.hasPrefix("-----BEGIN CERTIFICATE-----"))
            let notAfter = try #require(leaf.notAfter)
            #expect(abs(notAfter.timeIntervalSinceNow - 30 * 86_400) < 3600)
        }
    }

    @Test func `an unknown authority is untrusted`() async throws {
        try await TLSServer.with(.valid) { server in
            let error = try #require(await failure(HTTPClient(), server.url))
            #expect(error.code == .certificateUntrusted, "\(error)")
            let lax = HTTPClient(.init(tls: .init(verifies: false)))
            let response = try await lax.send(HTTPRequest(url: server.url))
            #expect(response.status == 200)
        }
    }

    @Test(arguments: [
        (TLSServer.Kind.expired, HTTPError.Code.certificateExpired), (.otherHost, .certificateHostMismatch),
    ])
    func `what is wrong with a certificate is told apart`(kind: TLSServer.Kind, code: HTTPError.Code) async throws {
        try await TLSServer.with(kind) { server in
            let client = HTTPClient(.init(tls: .init(authorityFile: server.authorityFile)))
            let error = try #require(await failure(client, server.url))
            #expect(error.code == code, "\(error)")
            #expect(error.code.isCertificate)
        }
    }

    @Test func `a client certificate is shown to a server that demands one`() async throws {
        try await TLSServer.with(.valid, demandsClientCertificate: true) { server in
            let without = HTTPClient(.init(tls: .init(authorityFile: server.authorityFile)))
            #expect(await failure(without, server.url) != nil)
            let with = HTTPClient(
                .init(
                    tls: .init(
                        authorityFile: server.authorityFile, clientCertificateFile: server.clientCertificateFile,
                        clientKeyFile: server.clientKeyFile)))
            let response = try await with.send(HTTPRequest(url: server.url))
            #expect(response.status == 200)
        }
    }

    @Test func `a server that never answers the handshake is a connect timeout`() async throws {
        let server = try LoopbackHTTPServer { _ in .silence }
        let request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/", connectDeadline: .milliseconds(300))
        do throws(HTTPError) {
            _ = try await HTTPClient().send(request)
            Issue.record("a server without TLS was taken for one with")
        } catch {
            #expect(error.code == .connectTimeout, "\(error)")
        }
    }
}
