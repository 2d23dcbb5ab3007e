import Foundation
import Glibc
import PostgresClient
import RedisClient
import Sockets

/// Puts a certificate in force at a running part and waits until it is shown.
struct CertificateChange: Sendable {
    let directory: SandboxDirectory
    let state: SandboxState

    /// - Throws: ``SandboxError`` when the stack has no TLS, or the part does not take the certificate.
    func apply(_ certificate: StackCertificate, to part: String) async throws {
        guard state.options.hasTLS else {
            throw SandboxError.scenario(reason: "the stack was started without TLS; start it with `up --tls`")
        }
        try directory.install(certificate, for: part)
        try await reload(part)
        let end = ContinuousClock.now + .seconds(10)
        var shown = "nothing"
        while ContinuousClock.now < end {
            shown = await subject(of: part)
            if shown == certificate.subject { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw SandboxError.scenario(
            reason: "\(part) does not show the certificate ‘\(certificate.rawValue)’ but \(shown)")
    }

    /// Every part shows its good certificate again.
    func restore() async throws {
        guard state.options.hasTLS else { return }
        for part in StackCertificate.parts {
            let good = FileManager.default.contents(atPath: directory.certificate(StackCertificate.good.rawValue))
            guard FileManager.default.contents(atPath: directory.certificate(part)) != good else { continue }
            try await apply(.good, to: part)
        }
    }

    private func reload(_ part: String) async throws {
        guard part == Part.redis else {
            // nginx and PostgreSQL read their certificates again at SIGHUP.
            guard let record = ProcessLedger(directory: directory).record(part), record.isRunning else {
                throw SandboxError.scenario(reason: "\(part) does not run, so it cannot show another certificate")
            }
            kill(record.pid, SIGHUP)
            return
        }
        let configuration = RedisConfiguration(
            host: "127.0.0.1", port: state.ports.redis, password: state.secrets.redisPassword)
        let connection = try await RedisConnection.connect(configuration, deadline: .seconds(5))
        _ = try await connection.command(
            [
                "CONFIG", "SET", "tls-cert-file", directory.certificate(part), "tls-key-file",
                directory.certificateKey(part),
            ], deadline: .seconds(5))
        await connection.close()
    }

    /// The subject of the certificate that is shown now, or why there is none.
    private func subject(of part: String) async -> String {
        let tls = TLSConfiguration(serverName: "localhost", verifies: false)
        do throws(StreamError) {
            if part == Part.postgres {
                let peer = try await PostgresTLS.peer(
                    host: "127.0.0.1", port: state.ports.postgres, tls, deadline: .seconds(2))
                return peer?.chain.first?.subject ?? "no TLS"
            }
            let port = part == Part.redis ? state.ports.redisTLS : state.ports.balancer
            let stream = try await TCPStream.connect(host: "127.0.0.1", port: port, deadline: .seconds(2))
            let peer = try await stream.startTLS(tls, deadline: .seconds(2))
            await stream.close()
            return peer.chain.first?.subject ?? "no certificate"
        } catch {
            return error.description
        }
    }
}
