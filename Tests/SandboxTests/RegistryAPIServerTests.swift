import HTTPClient
import Testing

@testable import plumbline_sandbox

/// Runs a service on a free loopback port for as long as a block needs it.
enum TestServer {
    static func with(_ server: ServiceServer, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let (ports, announced) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.runUntilCancelled(label: "test") { port in announced.yield(port) }
            }
            group.addTask {
                for await port in ports {
                    try await body(port)
                    return
                }
            }
            // Whichever ends first, the block or a server that could not start, ends the other.
            try await group.next()
            group.cancelAll()
        }
    }
}

/// The registry API over a real socket.
@Suite struct RegistryAPIServerTests {
    @Test("Status, headers and bodies arrive as recorded", .timeLimit(.minutes(1)))
    func overTheWire() async throws {
        let world = RegistryWorld()
        let api = try world.api(.current)
        let server = ServiceServer(port: 0, serverName: "uvicorn") { await api.respond(to: $0) }
        try await TestServer.with(server) { port in
            let client = HTTPClient()
            let send = { (method: String, path: String, headers: [HTTPHeader]) async throws in
                try await client.send(
                    HTTPRequest(method: method, url: "http://127.0.0.1:\(port)" + path, headers: headers))
            }
            let health = try await send("GET", "/health", [])
            #expect(health.status == 200)
            #expect(health.headers["server"] == "uvicorn")
            #expect(health.headers["content-type"] == "application/json")
            #expect(health.headers["content-length"] == "157")

            let head = try await send("HEAD", "/health", [])
            #expect(head.status == 405)
            #expect(head.headers["allow"] == "GET")
            #expect(head.headers["content-length"] == "31")
            #expect(head.body.isEmpty)

            let slash = try await send("GET", "/health/?detailed=true", [])
            #expect(slash.status == 307)
            #expect(slash.headers["location"] == "http://127.0.0.1:\(port)/health?detailed=true")

            let scanner = try await send("GET", "/.git/config", [])
            #expect(scanner.status == 404)
            #expect(scanner.headers["cache-control"] == "no-store")
            #expect(scanner.body.isEmpty)

            let models = try await send("GET", "/models/", [HTTPHeader("x-api-key", "hk_test_sandbox_admin")])
            #expect(models.text == #"{"models":[]}"#)
        }
    }

    @Test("A body over the limit is refused with 413", .timeLimit(.minutes(1)))
    func limit() async throws {
        let server = ServiceServer(port: 0, maximumBodyBytes: 1000) { _ in .text(200, "OK") }
        try await TestServer.with(server) { port in
            let answer = try await HTTPClient().send(
                HTTPRequest(method: "POST", url: "http://127.0.0.1:\(port)/", body: [UInt8](repeating: 1, count: 1001)))
            #expect(answer.status == 413)
        }
    }

    @Test(
        "Settings that cannot be used end the start and say which",
        arguments: [
            (["SANDBOX_PROFILE": "C"], "SANDBOX_PROFILE"), (["DB_PASSWORD": ""], "DB_PASSWORD"),
            (["MLFLOW_TRACKING_URI": ""], "MLFLOW_TRACKING_URI"),
            (["MLFLOW_CB_RECOVERY_TIMEOUT": "0.5"], "MLFLOW_CB_RECOVERY_TIMEOUT"),
            (["MLFLOW_CB_FAILURE_THRESHOLD": "-1"], "MLFLOW_CB_FAILURE_THRESHOLD"),
            (["SANDBOX_DEFECTS": "nonsense"], "SANDBOX_DEFECTS"),
        ])
    func settings(environment: [String: String], name: String) {
        do {
            _ = try RegistryWorld().api(.current, environment: environment)
            Issue.record("\(environment) was accepted")
        } catch {
            #expect("\(error)".contains(name))
        }
    }
}
