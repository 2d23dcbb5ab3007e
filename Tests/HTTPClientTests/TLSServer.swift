import Foundation
import HTTPClient
import TestSupport
import Testing

/// An HTTPS server made of the `openssl` program, with authorities and certificates made for the test.
struct TLSServer {
    enum Kind: String, CaseIterable { case valid, expired, otherHost }

    let url: String
    let authorityFile: String
    let clientCertificateFile: String
    let clientKeyFile: String

    /// Runs the body beside `openssl s_server`, which answers every GET with a status page.
    static func with(
        _ kind: Kind, demandsClientCertificate: Bool = false, _ body: (TLSServer) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            try makeCertificates(in: directory, kind)
            let port = try freePort()
            var arguments = [
                "s_server", "-accept", "127.0.0.1:\(port)", "-cert", "server.pem", "-key", "server.key", "-www",
                "-quiet",
            ]
            if demandsClientCertificate { arguments += ["-Verify", "1", "-CAfile", "ca.pem", "-verify_return_error"] }
            let process = try openssl(arguments, in: directory)
            defer {
                // SIGKILL: a child of a concurrency thread inherits its signal mask, and SIGTERM is in it.
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            try await untilListening(port)
            func file(_ name: String) -> String { directory.appending(path: name).path }
            try await body(
                TLSServer(
                    url: "https://localhost:\(port)/", authorityFile: file("ca.pem"),
                    clientCertificateFile: file("client.pem"), clientKeyFile: file("client.key")))
        }
    }

    private static func makeCertificates(in directory: URL, _ kind: Kind) throws {
        try run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=Sandbox-Authority",
            in: directory)
        let name = kind == .otherHost ? "registry.example.test" : "localhost"
        try Data("subjectAltName=DNS:\(name)".utf8).write(to: directory.appending(path: "names.cnf"))
        for (subject, host) in [("server", name), ("client", "sandbox-client")] {
            try run(
                "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout \(subject).key -out \(subject).csr -subj /CN=\(host)",
                in: directory)
            let days = kind == .expired && subject == "server" ? "-1" : "30"
            try run(
                "x509 -req -in \(subject).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days \(days) -extfile names.cnf -out \(subject).pem",
                in: directory)
        }
    }

    private static func run(_ arguments: String, in directory: URL) throws {
        let process = try openssl(arguments.split(separator: " ").map(String.init), in: directory)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments) failed")
    }

    private static func openssl(_ arguments: [String], in directory: URL) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardInput = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch {
            throw HTTPError(
                code: .other, message: "these tests need the openssl program: apt-get install openssl (\(error))",
                url: "")
        }
        return process
    }

    private static func freePort() throws -> Int {
        let server = try LoopbackHTTPServer { _ in .silence }
        defer { server.stop() }
        return server.port
    }

    private static func untilListening(_ port: Int) async throws {
        let end = ContinuousClock.now + .seconds(20)
        let client = HTTPClient()
        while ContinuousClock.now < end {
            do throws(HTTPError) {
                _ = try await client.send(HTTPRequest(url: "http://127.0.0.1:\(port)/", deadline: .seconds(1)))
                return
            } catch {
                guard error.code.isUnreachable else { return }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("openssl s_server did not listen on port \(port) within 20 s")
    }
}
