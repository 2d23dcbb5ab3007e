import Formats
import RedisClient
import RunModel
import TestSupport
import Testing

@testable import ValidationChecks

/// What Redis says of itself, from a server in each state.
@Suite(.serialized) struct RedisHealthTests {
    private static func outcome(
        _ id: CheckID, _ server: RedisServer, password: Bool = false, further: String = ""
    ) async throws -> CheckOnLoopback {
        let credential = password ? ", password: \"${env:api}\"" : ""
        return try await CheckOnLoopback.run(
            id,
            configuration:
                "redis: { host: 127.0.0.1, port: \(server.port), tls: false\(credential) }\n\(further)")
    }

    private static var secured: [String: String] { ["requirepass": CheckOnLoopback.keys["api"] ?? ""] }

    @Test("RD-02: a server without a password fails, one with a password passes") func strangers() async throws {
        let open = try await RedisServer()
        #expect(try await Self.outcome("RD-02", open).status == .failed)
        #expect(try await Self.outcome("RD-02", open, password: true).status == .failed)
        let closed = try await RedisServer(settings: Self.secured)
        let result = try await Self.outcome("RD-02", closed, password: true)
        #expect(result.status == .passed, "\(result.told)")
    }

    @Test func `a connection without TLS that leaves the machine fails`() throws {
        let away = RedisHealth.encryption(nil, to: try #require(IPAddress("192.0.2.7")))
        #expect(away.isFailure(of: "RD-07", saying: "the connection to Redis is not encrypted"), "\(away)")
        #expect(RedisHealth.encryption(nil, to: try #require(IPAddress("127.0.0.1"))).status == .passed)
    }

    @Test("RD-03: slower than the limit fails") func latency() async throws {
        let server = try await RedisServer()
        // No answer takes no time at all, and none an hour.
        let slow = try await Self.outcome("RD-03", server, further: "thresholds: { RD-03.p95_ms: 0 }")
        #expect(slow.status == .failed, "\(slow.told)")
        let quick = try await Self.outcome("RD-03", server, further: "thresholds: { RD-03.p95_ms: 3600000 }")
        #expect(quick.status == .passed, "\(quick.told)")
    }

    @Test("RD-04: a full server fails") func memory() async throws {
        let full = try await RedisServer(settings: ["maxmemory": "500kb"])
        let result = try await Self.outcome("RD-04", full)
        #expect(result.status == .failed, "\(result.told)")
        let roomy = try await Self.outcome("RD-04", try await RedisServer(settings: ["maxmemory": "1gb"]))
        #expect(roomy.status == .passed, "\(roomy.told)")
    }

    @Test("RD-05: dead messages and long queues fail") func queues() async throws {
        let server = try await RedisServer()
        #expect(try await Self.outcome("RD-05", server).status == .passed)
        let target = RedisConfiguration(host: "127.0.0.1", port: server.port)
        let connection = try await RedisConnection.connect(target, deadline: .seconds(5))
        let queue = "hokusai:model_ready_queue"
        _ = try await connection.command(["RPUSH", queue, "a", "b", "c"], deadline: .seconds(5))
        let long = try await Self.outcome("RD-05", server, further: "thresholds: { RD-05.depth: 2 }")
        #expect(long.status == .failed, "\(long.told)")
        _ = try await connection.command(["RPUSH", queue + ":dlq", "a"], deadline: .seconds(5))
        let dead = try await Self.outcome("RD-05", server)
        #expect(dead.status == .failed)
        #expect(dead.told.contains("messages are dead"))
        await connection.close()
    }

    @Test("RD-06: a replica fails, a primary passes") func role() async throws {
        let primary = try await RedisServer()
        #expect(try await Self.outcome("RD-06", primary).status == .passed)
        let replica = try await RedisServer(settings: ["replicaof": "127.0.0.1 \(primary.port)"])
        let result = try await Self.outcome("RD-06", replica)
        #expect(result.status == .failed, "\(result.told)")
    }
}
