import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import LoadEngine

/// Load over TLS, in HTTP/1.1 by the engine's own sockets and in HTTP/2 by libcurl, against nginx.
@Suite(.serialized) struct SecureTransportTests {
    /// nginx with a certificate, which answers with the protocol it was asked in.
    ///
    /// - Parameter versions: of TLS, as nginx writes them.
    private func withServer(
        versions: String = "TLSv1.2 TLSv1.3", _ body: (_ url: String, _ authority: String) async throws -> Void
    ) async throws {
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
                    ssl_protocols \(versions);
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
        _ url: String, _ client: HTTPClientConfiguration, expecting version: String, threads: Int = 1,
        reusesConnections: Bool = true, resumesSessions: Bool = false
    ) async throws -> LoadReport {
        try await LoadEngine(
            LoadPlan(
                requests: [
                    LoadRequest(
                        url: url,
                        expectation: .init(
                            statuses: 200...200, bodyBytes: 1...100, json: .init(path: ["protocol"], value: version)))
                ], executor: .fixedCountPerWorker(.init(workers: 8, requestsEach: 25)),
                limits: LoadLimits(threads: threads), client: client, reusesConnections: reusesConnections,
                resumesSessions: resumesSessions)
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
            #expect(report.transport == .libcurl)
        }
    }

    @Test(arguments: ["TLSv1.2", "TLSv1.3"], [1, 2])
    func `HTTP 1 over TLS keeps its connections, and times their handshakes`(version: String, threads: Int)
        async throws
    {
        try await withServer(versions: version) { url, authority in
            let client = HTTPClientConfiguration(version: .http1, tls: .init(authorityFile: authority))
            let report = try await report(url, client, expecting: "HTTP/1.1", threads: threads)
            #expect(report.transport == .plain)
            #expect(report.overall.errors == [:])
            #expect(report.overall.successful == 200)
            #expect((1...8).contains(report.generator.connectionsOpened))
            #expect(report.overall.tls.count == report.generator.connectionsOpened)
            #expect(report.overall.tlsResumed == nil)
        }
    }

    @Test(arguments: ["TLSv1.2", "TLSv1.3"])
    func `sessions are resumed when the plan says so, and those handshakes are timed apart`(version: String)
        async throws
    {
        try await withServer(versions: version) { url, authority in
            let client = HTTPClientConfiguration(version: .http1, tls: .init(authorityFile: authority))
            let resumed = try await report(
                url, client, expecting: "HTTP/1.1", reusesConnections: false, resumesSessions: true)
            #expect(resumed.overall.errors == [:])
            #expect(resumed.generator.connectionsOpened == 200)
            // The first of each worker may come before there is a session.
            #expect((1...8).contains(resumed.overall.tls.count))
            #expect(resumed.overall.tls.count + (resumed.overall.tlsResumed?.count ?? 0) == 200)
            let full = try await report(url, client, expecting: "HTTP/1.1", reusesConnections: false)
            #expect(full.overall.tls.count == 200)
            #expect(full.overall.tlsResumed == nil)
        }
    }

    @Test func `an authority file that cannot be read is refused before anything is sent`() async throws {
        let client = HTTPClientConfiguration(tls: .init(authorityFile: "/nowhere/authority.pem"))
        await #expect(throws: LoadPlanError("TLS: no certificates could be read from /nowhere/authority.pem")) {
            _ = try await report("https://127.0.0.1:1/", client, expecting: "HTTP/1.1")
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
