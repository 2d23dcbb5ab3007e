import RunModel
import TestSupport
import Testing

@testable import ValidationChecks

/// What the set-up finds out before anything is tested: addresses, programs, secrets.
@Suite struct SetupTests {
    /// A configuration in which one service is at a port of this machine.
    private static func configuration(_ section: String, port: Int) -> String {
        switch section {
        case "database": "database: { host: 127.0.0.1, port: \(port), user: mlflow, name: mlflow_db }"
        case "redis": "redis: { host: 127.0.0.1, port: \(port), tls: false }"
        default: "services: { \(section): \"http://127.0.0.1:\(port)\" }"
        }
    }

    private static let addresses: [(CheckID, String)] = [
        ("SD-02", "api"), ("SD-03", "registry"), ("SD-04", "auth"), ("SD-05", "mlflow"), ("SD-06", "mlflow_direct"),
        ("SD-07", "database"), ("SD-08", "redis"),
    ]

    @Test("an address at which nobody listens fails, one that accepts passes", arguments: addresses)
    func address(id: CheckID, section: String) async throws {
        let server = try ScriptedServer(.silent)
        let open = try await CheckOnLoopback.run(id, configuration: Self.configuration(section, port: server.port))
        #expect(open.status == .passed, "\(open.told)")
        let port = try ServerProcess.freePort()
        let closed = try await CheckOnLoopback.run(id, configuration: Self.configuration(section, port: port))
        #expect(closed.status == .failed, "\(closed.told)")
        #expect(closed.told.contains("no address of 127.0.0.1 accepts a connection on port \(port)"))
    }

    @Test("SD-02: a public name that does not exist fails, one of the inside network cannot be told") func names()
        async throws
    {
        let wrong = try await CheckOnLoopback.run(
            "SD-02", configuration: "services: { api: \"http://no-such-host.invalid\" }")
        #expect(wrong.status == .failed, "\(wrong.told)")
        let inside = try await CheckOnLoopback.run(
            "SD-02", configuration: "services: { api: \"http://no-such-host.plumbline.internal\" }")
        #expect(inside.status == .inconclusive, "\(inside.told)")
    }

    @Test("ENV-03: a program that is not there fails") func programs() async throws {
        let there = try await CheckOnLoopback.run("ENV-03", configuration: "requirements: { tools: [/bin/sh] }")
        #expect(there.status == .passed, "\(there.told)")
        let missing = try await CheckOnLoopback.run(
            "ENV-03", configuration: "requirements: { tools: [/bin/sh, /no/such/program] }")
        #expect(missing.status == .failed)
        #expect(missing.told.contains("/no/such/program"))
    }

    @Test("CR-01: a secret without a value fails, and so does one that is too short to be masked") func secrets()
        async throws
    {
        let known = try await CheckOnLoopback.run("CR-01", configuration: "keys: { api: \"${env:api}\" }")
        #expect(known.status == .passed, "\(known.told)")
        let unset = try await CheckOnLoopback.run("CR-01", configuration: "keys: { api: \"${env:NOT_SET}\" }")
        #expect(unset.status == .failed)
        #expect(unset.told.contains("NOT_SET"))
        let short = try await CheckOnLoopback.run("CR-01", configuration: "keys: { api: \"${env:short}\" }")
        #expect(short.status == .failed)
        #expect(short.told.contains("too short"))
    }
}
