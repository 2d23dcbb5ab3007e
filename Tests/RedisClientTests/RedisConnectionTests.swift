import Foundation
import RedisClient
import Sockets
import TestSupport
import Testing

private let open = Task { try await RedisServer() }
private let password = "fake-redis-password"
private let guarded = Task { try await RedisServer(settings: ["requirepass": password]) }

@Suite struct RedisConnectionTests {
    private func connect(_ configuration: RedisConfiguration, deadline: Duration = .seconds(10)) async throws
        -> RedisConnection
    {
        try await RedisConnection.connect(configuration, deadline: deadline)
    }

    private func failure(_ configuration: RedisConfiguration, deadline: Duration = .seconds(10)) async -> RedisError? {
        do {
            let connection = try await RedisConnection.connect(configuration, deadline: deadline)
            _ = try await connection.command(["PING"], deadline: deadline)
            return nil
        } catch {
            return error
        }
    }

    @Test("Every kind of reply arrives as its own case") func replies() async throws {
        let connection = try await connect(.init(host: "localhost", port: try await open.value.port))
        let limit = Duration.seconds(5)
        #expect(try await connection.command(["PING"], deadline: limit) == .status("PONG"))
        #expect(try await connection.command(["SET", "k", "v\r\n\0 é"], deadline: limit) == .status("OK"))
        #expect(try await connection.command(["GET", "k"], deadline: limit) == .string("v\r\n\0 é"))
        #expect(try await connection.command(["GET", "none"], deadline: limit) == .null)
        #expect(try await connection.command(["INCRBY", "n", "41"], deadline: limit).number == 41)
        #expect(try await connection.command(["RPUSH", "l", "a", ""], deadline: limit) == .integer(2))
        #expect(
            try await connection.command(["LRANGE", "l", "0", "-1"], deadline: limit).elements
                == [.string("a"), .string("")])
        let information = try await connection.command(["INFO", "server"], deadline: limit).information
        #expect(information["redis_version"]?.isEmpty == false)
    }

    @Test("An error answer is thrown with its code and the connection goes on") func errors() async throws {
        let connection = try await connect(.init(host: "127.0.0.1", port: try await open.value.port))
        await #expect { try await connection.command(["NOSUCHCOMMAND"], deadline: .seconds(5)) } throws: {
            ($0 as? RedisError)?.kind == .server && ($0 as? RedisError)?.code == "ERR"
        }
        #expect(try await connection.command(["PING"], deadline: .seconds(5)).text == "PONG")
    }

    @Test("The right password opens, a wrong one and none are failures of authentication") func passwords() async throws
    {
        let port = try await guarded.value.port
        let connection = try await connect(.init(host: "127.0.0.1", port: port, password: password, database: 3))
        #expect(try await connection.command(["PING"], deadline: .seconds(5)).text == "PONG")
        let wrong = try #require(await failure(.init(host: "127.0.0.1", port: port, password: "fake-wrong")))
        #expect(wrong.kind == .authentication)
        #expect(!wrong.description.contains("fake-wrong"))
        #expect(await failure(.init(host: "127.0.0.1", port: port))?.kind == .authentication)
        let needless = RedisConfiguration(host: "127.0.0.1", port: try await open.value.port, password: "fake-needless")
        #expect(await failure(needless)?.kind == .authentication)
    }

    @Test("Nobody there, silence, hang-up and strangers are told apart") func strangers() async throws {
        #expect(await failure(.init(host: "127.0.0.1", port: try ServerProcess.freePort()))?.kind == .refused)
        let silent = try ScriptedServer(.silent)
        #expect(
            await failure(.init(host: "127.0.0.1", port: silent.port), deadline: .milliseconds(200))?.kind == .timeout)
        let hangUp = try ScriptedServer(.hangUp)
        #expect(await failure(.init(host: "127.0.0.1", port: hangUp.port))?.kind == .connectionLost)
        let web = try ScriptedServer(.reply(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)))
        #expect(await failure(.init(host: "127.0.0.1", port: web.port))?.kind == .protocol)
    }

    @Test(
        "Announced lengths that nobody could mean are refused",
        arguments: [
            "*2147483647\r\n", "*4294967297\r\n", "*-7\r\n", "$-9\r\n",
            "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
        ])
    func hostileLengths(reply: String) async throws {
        let server = try ScriptedServer(.reply(Array(reply.utf8)))
        let error = await failure(.init(host: "127.0.0.1", port: server.port))
        #expect([.protocol, .connectionLost].contains(error?.kind), "\(String(describing: error))")
    }

    @Test("An endless answer ends at the limit") func flood() async throws {
        let head = Array("$536870912\r\n".utf8)
        let server = try ScriptedServer(.flood(head + [UInt8](repeating: 120, count: 60_000)))
        let connection = try await connect(.init(host: "127.0.0.1", port: server.port))
        await #expect {
            try await connection.command(["GET", "k"], maximumReplyBytes: 1 << 20, deadline: .seconds(20))
        } throws: { ($0 as? RedisError)?.kind == .replyTooLarge }
        await #expect { try await connection.command(["PING"], deadline: .seconds(5)) } throws: {
            ($0 as? RedisError)?.kind == .notUsable
        }
    }

    @Test("Over TLS the certificate counts", arguments: TestCertificate.Fault.allCases)
    func tls(fault: TestCertificate.Fault) async throws {
        let certificate = try TestCertificate.make(fault)
        let server = try await RedisServer(tls: certificate)
        try await certificate.withAuthorityFile { file in
            let tls = TLSConfiguration(serverName: "localhost", rootCertificates: file)
            let configuration = RedisConfiguration(host: "localhost", port: server.port, tls: tls)
            if fault == .none {
                let connection = try await connect(configuration)
                #expect(try await connection.command(["PING"], deadline: .seconds(5)).text == "PONG")
                #expect(connection.peer?.chain.first?.names == ["localhost", "*.localhost", "127.0.0.1"])
                let days = try #require(connection.peer?.chain.first?.daysLeft(at: .now))
                #expect((28...30).contains(days))
            } else {
                #expect(await failure(configuration)?.kind == .certificate)
            }
        }
        server.stop()
    }
}
