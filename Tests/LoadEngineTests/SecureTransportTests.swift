import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import LoadEngine

/// Load over TLS, in HTTP/1.1 and HTTP/2, against nginx.
@Suite(.serialized) struct SecureTransportTests {
    /// nginx with a certificate, which answers with the protocol it was asked in.
    private func withServer(_ body: (_ url: String, _ authority: String) async throws -> Void) async throws {
        let program = try #require(
            ["/usr/sbin/nginx", "/usr/bin/nginx"].first(where: FileManager.default.isExecutableFile),
            "nginx is missing: install the package nginx-light")
        let certificate = try TestCertificate.make()
        let directory = try ServerProcess.makeDirectory(for: "www-data")
        let folder = directory.path(percentEncoded: false)
        let port = try ServerProcess.freePort()
        try Data(certificate.certificate.utf8).write(to: directory.appending(path: "server.crt"))
        try Data(certificate.key.utf8).write(to: directory.appending(path: "server.key"))
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: " ")
        try Data(
            """
            daemon off; pid \(folder)/nginx.pid; error_log stderr;
            events { worker_connections 256; }
            http {
                access_log off; \(temporary) keepalive_requests 100000;
                server {
                    listen 127.0.0.1:\(port) ssl http2;
                    ssl_certificate \(folder)/server.crt; ssl_certificate_key \(folder)/server.key;
                    location / { default_type application/json; return 200 '{"protocol":"$server_protocol"}'; }
                }
            }
            """.utf8
        ).write(to: directory.appending(path: "nginx.conf"))
        let process = try ServerProcess(
            directory: directory, user: "www-data",
            command: [program, "-p", folder, "-c", folder + "/nginx.conf", "-e", "stderr"])
        defer { process.stop() }
        try await process.wait(for: "nginx to listen") { ServerProcess.isListening(port) }
        try await certificate.withAuthorityFile { try await body("https://localhost:\(port)/", $0) }
    }

    private func report(
        _ url: String, _ client: HTTPClientConfiguration, expecting version: String
    ) async throws -> LoadReport {
        try await LoadEngine(
            LoadPlan(
                requests: [
                    LoadRequest(
                        url: url,
                        expectation: .init(
                            statuses: 200...200, bodyBytes: 1...100, json: .init(path: ["protocol"], value: version)))
                ], executor: .fixedCountPerWorker(.init(workers: 8, requestsEach: 25)), client: client)
        ).run()
    }

    @Test func `HTTP 2 carries many requests over one connection, and every answer is checked`() async throws {
        try await withServer { url, authority in
            let client = HTTPClientConfiguration(version: .http2, tls: .init(authorityFile: authority))
            let report = try await report(url, client, expecting: "HTTP/2.0")
            #expect(report.overall.errors == [:])
            #expect(report.overall.successful == 200)
            #expect(report.generator.connectionsOpened == 1)
            #expect(report.overall.tls.count == 1)
        }
    }

    @Test func `HTTP 1 over TLS keeps its connections, and times their handshakes`() async throws {
        try await withServer { url, authority in
            let client = HTTPClientConfiguration(version: .http1, tls: .init(authorityFile: authority))
            let report = try await report(url, client, expecting: "HTTP/1.1")
            #expect(report.overall.errors == [:])
            #expect(report.overall.successful == 200)
            #expect((1...8).contains(report.generator.connectionsOpened))
            #expect(report.overall.tls.count == report.generator.connectionsOpened)
        }
    }

    @Test func `a certificate that nobody vouches for is an error of every request, never a sample`() async throws {
        try await withServer { url, _ in
            let report = try await report(url, HTTPClientConfiguration(), expecting: "HTTP/1.1")
            #expect(report.overall.successful == 0)
            #expect(report.overall.responseTime.isEmpty)
            #expect(report.overall.errors.keys.allSatisfy { $0.contains("certificate") }, "\(report.overall.errors)")
        }
    }
}
