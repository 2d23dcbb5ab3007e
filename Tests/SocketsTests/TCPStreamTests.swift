import Sockets
import TestSupport
import Testing

/// Connections to peers that behave, and to peers that do not: each failure has its own kind.
@Suite struct TCPStreamTests {
    private static let deadline = Duration.seconds(20)

    private static func connect(_ port: Int) async throws -> TCPStream {
        try await TCPStream.connect(host: "127.0.0.1", port: port, deadline: deadline)
    }

    /// The kind of the error that a call ends with; nil when it succeeds.
    private static func failure(_ body: () async throws -> Void) async -> StreamError.Kind? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? StreamError)?.kind
        }
    }

    @Test("bytes go out and come back") func exchange() async throws {
        let server = try ScriptedServer(.reply(Array("+PONG\r\n".utf8)))
        let stream = try await Self.connect(server.port)
        try await stream.write(Array("PING\r\n".utf8), deadline: Self.deadline)
        #expect(try await stream.read(upTo: 100, deadline: Self.deadline) == Array("+PONG\r\n".utf8))
        #expect(try await stream.read(upTo: 100, deadline: Self.deadline) == [], "the end of the connection")
        #expect(stream.address.text == "127.0.0.1")
        await stream.close()
        await stream.close()
        let after = await Self.failure { try await stream.write([1], deadline: Self.deadline) }
        #expect(after == .closed)
    }

    @Test("a port at which nobody listens refuses") func refused() async throws {
        let port = try ServerProcess.freePort()
        let kind = await Self.failure { _ = try await Self.connect(port) }
        #expect(kind == .refused)
    }

    @Test("a name that does not exist is not resolved") func unresolved() async {
        let kind = await Self.failure {
            _ = try await TCPStream.connect(host: "no-such-host.invalid", port: 1, deadline: Self.deadline)
        }
        #expect(kind == .nameNotResolved)
    }

    @Test("a peer that says nothing ends the wait with its deadline") func silent() async throws {
        let server = try ScriptedServer(.silent)
        let stream = try await Self.connect(server.port)
        let kind = await Self.failure { _ = try await stream.read(upTo: 1, deadline: .milliseconds(50)) }
        #expect(kind == .timeout)
        await stream.close()
    }

    @Test("a wait that is cancelled says so") func cancelled() async throws {
        let server = try ScriptedServer(.silent)
        let stream = try await Self.connect(server.port)
        let waiting = Task { await Self.failure { _ = try await stream.read(upTo: 1, deadline: .seconds(600)) } }
        waiting.cancel()
        #expect(await waiting.value == .cancelled)
        await stream.close()
    }

    @Test("a certificate that is trusted and fits is accepted, and told") func trusted() async throws {
        let certificate = try TestCertificate.make()
        let server = try LoopbackHTTPServer(certificate: certificate) { _ in .json("{}") }
        try await certificate.withAuthorityFile { file in
            let stream = try await Self.connect(server.port)
            let peer = try await stream.startTLS(
                TLSConfiguration(serverName: "localhost", rootCertificates: file), deadline: Self.deadline)
            #expect(peer.problem == nil)
            #expect(peer.version.hasPrefix("TLSv1."))
            #expect(peer.chain.first?.names.contains("localhost") == true)
            try await stream.write(
                Array("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8), deadline: Self.deadline)
            let answer = try await stream.read(upTo: 1000, deadline: Self.deadline)
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
            await stream.close()
        }
    }

    @Test(
        "a certificate with a fault is refused, or accepted with the fault told",
        arguments: [
            TestCertificate.Fault.expired, .wrongHost, .selfSigned,
        ])
    func faulty(fault: TestCertificate.Fault) async throws {
        let certificate = try TestCertificate.make(fault)
        let server = try LoopbackHTTPServer(certificate: certificate) { _ in .json("{}") }
        try await certificate.withAuthorityFile { file in
            var configuration = TLSConfiguration(serverName: "localhost", rootCertificates: file)
            let strict = try await Self.connect(server.port)
            let kind = await Self.failure { try await strict.startTLS(configuration, deadline: Self.deadline) }
            #expect(kind == .certificate)
            await strict.close()
            configuration.verifies = false
            let lenient = try await Self.connect(server.port)
            let peer = try await lenient.startTLS(configuration, deadline: Self.deadline)
            #expect(peer.problem != nil)
            #expect(peer.verification != 0)
            await lenient.close()
        }
    }

    @Test("an answer that is no TLS, or none, ends the handshake") func noTLS() async throws {
        let chatter = try ScriptedServer(.reply(Array("-ERR this is no TLS\r\n".utf8)))
        let first = try await Self.connect(chatter.port)
        let wrong = await Self.failure {
            try await first.startTLS(TLSConfiguration(serverName: "localhost"), deadline: Self.deadline)
        }
        #expect(wrong == .tls)
        let gone = try ScriptedServer(.hangUp)
        let second = try await Self.connect(gone.port)
        let closed = await Self.failure {
            try await second.startTLS(TLSConfiguration(serverName: "localhost"), deadline: Self.deadline)
        }
        // Closing with unread bytes resets the connection.
        #expect(closed == .closed || closed == .reset)
    }

    @Test("a file without certificates is named") func noCertificates() async throws {
        let server = try ScriptedServer(.silent)
        let stream = try await Self.connect(server.port)
        do {
            try await stream.startTLS(
                TLSConfiguration(serverName: "localhost", rootCertificates: "/dev/null"), deadline: Self.deadline)
            Issue.record("a file without certificates was accepted")
        } catch {
            #expect(error.kind == .tls)
            #expect(error.message.contains("/dev/null"))
        }
        await stream.close()
    }

    @Test(
        "what cannot be reached is told from what answers wrongly",
        arguments: [
            (StreamError.Kind.refused, true), (.timeout, true), (.nameNotResolved, true), (.unreachable, true),
            (.reset, false), (.closed, false), (.tls, false), (.certificate, false), (.cancelled, false),
        ])
    func reachability(kind: StreamError.Kind, isReachability: Bool) {
        #expect(StreamError(kind: kind, message: "x").isReachability == isReachability)
    }
}
