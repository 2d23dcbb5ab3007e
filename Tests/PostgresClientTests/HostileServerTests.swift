import Foundation
import TestSupport
import Testing

@testable import PostgresClient

/// Servers that send without end, or want what they must not get; `ci/hostile-modes` runs the whole job against them.
@Suite(.serialized) struct HostileServerTests {
    private static let password = "fake-password-of-a-test"

    private func configuration(
        _ server: HostileServer, tls: PostgresConfiguration.TLSMode = .prefer, allowsCleartextPassword: Bool = false
    ) -> PostgresConfiguration {
        PostgresConfiguration(
            host: "127.0.0.1", port: server.port, user: "u", password: Self.password, database: "d", tls: tls,
            allowsCleartextPassword: allowsCleartextPassword)
    }

    /// The largest resident size of this process since the last reset, in bytes (proc(5), `clear_refs` and `VmHWM`).
    private static func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) << 10
    }

    private static func resetPeak() { try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs")) }

    @Test(
        "whatever is sent in answer to a statement ends it, and takes no more memory than its limit asks for",
        arguments: [
            "postgres-giant-row", "postgres-endless-rows", "postgres-null-rows", "postgres-columns",
            "postgres-endless-notices",
            "postgres-endless-notifications", "postgres-endless-parameters", "postgres-giant-error",
            "postgres-unknown-messages", "postgres-wrong-columns", "postgres-negative-length", "postgres-copy",
        ])
    func floods(kind: String) async throws {
        let server = try await HostileServer(kind)
        defer { server.stop() }
        let connection = try await PostgresConnection.connect(configuration(server), deadline: .seconds(10))
        Self.resetPeak()
        let before = try Self.peak()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query("SELECT 1", deadline: .seconds(20))
        }
        #expect(error?.kind != .timeout)
        #expect(server.served.contains("statement"))
        // The limit is 4 MB; the server has sent hundreds, or would have.
        #expect(try Self.peak() - before < 64 << 20, "\(kind): \(error?.kind.rawValue ?? "")")
        await connection.close()
    }

    @Test(
        "a server never gets the password in clear without TLS, however it asks",
        arguments: [
            "postgres-cleartext", "postgres-cleartext-in-pieces", "postgres-cleartext-after-md5",
            "postgres-cleartext-after-scram", "postgres-cleartext-after-notice",
        ], [PostgresConfiguration.TLSMode.disable, .allow, .prefer])
    func cleartext(kind: String, tls: PostgresConfiguration.TLSMode) async throws {
        let server = try await HostileServer(kind)
        defer { server.stop() }
        let error = await #expect(throws: PostgresError.self) {
            try await PostgresConnection.connect(configuration(server, tls: tls), deadline: .seconds(10))
        }
        if !kind.hasSuffix("notice") { #expect(error?.kind == .cleartextPassword) }
        #expect(error?.description.contains(Self.password) == false)
        #expect(server.served.contains("session"))
        #expect(!server.served.contains("PASSWORD"))
    }

    @Test("a server that is permitted to gets it, which shows that the others would have") func permitted() async throws
    {
        let server = try await HostileServer("postgres-cleartext")
        defer { server.stop() }
        _ = try? await PostgresConnection.connect(
            configuration(server, allowsCleartextPassword: true), deadline: .seconds(2))
        #expect(server.served.contains("PASSWORD"))
    }

    @Test(
        "a log-in that never ends is ended",
        arguments: ["postgres-log-in-parameters", "postgres-log-in-error", "postgres-log-in-garbage"])
    func logIn(kind: String) async throws {
        let server = try await HostileServer(kind)
        defer { server.stop() }
        Self.resetPeak()
        let before = try Self.peak()
        let error = await #expect(throws: PostgresError.self) {
            try await PostgresConnection.connect(configuration(server), deadline: .seconds(20))
        }
        #expect(error?.kind != .timeout)
        #expect(try Self.peak() - before < 64 << 20)
    }

    @Test("what a server says is judged alike in one piece and byte by byte") func pieces() {
        let clear: [UInt8] = [0x52, 0, 0, 0, 8, 0, 0, 0, 3]
        let digest: [UInt8] = [0x52, 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4]
        let parameter: [UInt8] = [0x53, 0, 0, 0, 8, 0x61, 0, 0x62, 0]
        let ready: [UInt8] = [0x5A, 0, 0, 0, 5, 0x49]
        let table: [([UInt8], LogInInspection.Refusal?)] = [
            (clear, .cleartextPassword), ([0x4E] + clear, .cleartextPassword), (digest + clear, .cleartextPassword),
            ([0x4E] + digest + parameter + clear, .cleartextPassword), (digest, nil), (digest + ready + clear, nil),
            // TLS: what follows is not for us to read.
            ([0x53] + clear, nil), ([0x52, 0, 0, 0, 3, 0, 0, 0, 3], .notTheProtocol),
            ([0x45, 0xFF, 0xFF, 0xFF, 0xFF], .notTheProtocol), ([], nil),
        ]
        for (bytes, expected) in table {
            var whole = LogInInspection(allowsCleartextPassword: false)
            #expect(whole.read(bytes[...]) == expected, "\(bytes)")
            var split = LogInInspection(allowsCleartextPassword: false)
            let refusals = bytes.indices.compactMap { split.read(bytes[$0...$0]) }
            #expect(refusals.first == expected, "\(bytes) byte by byte")
            var permissive = LogInInspection(allowsCleartextPassword: true)
            #expect(permissive.read(bytes[...]) == nil)
        }
    }
}
