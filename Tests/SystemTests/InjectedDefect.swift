import Formats
import Foundation
import HTTPClient
import PostgresClient
import RunModel
import TestSupport
import Testing

/// One way to break the local stack, and the check that must say so with the right reason.
struct InjectedDefect: Sendable, CustomTestStringConvertible {
    /// What stays in place while the checks run.
    struct Injection: Sendable {
        /// The configuration with which to look.
        var configuration: String
        var undo: @Sendable () async throws -> Void = {}
    }

    var name: String
    /// Which checks are run.
    var only = ["SH-*", "DB-*", "RD-*", "AU-0*", "AU-1*", "AU-50"]
    var allow: String?
    /// The checks that must fail, each with a word of the reason.
    var fails: [CheckID: String]
    /// Critical checks that rightly fail with it.
    var related: [String] = []
    var inject: @Sendable (LocalStack) async throws -> Injection

    var testDescription: String { name }
}

extension InjectedDefect {
    /// A configuration in which pieces of text are replaced. It lies beside the original, for its relative references.
    static func configured(_ stack: LocalStack, _ changes: [(String, String)]) throws -> Injection {
        var text = try String(contentsOfFile: stack.configuration, encoding: .utf8)
        for (old, new) in changes {
            guard text.contains(old) else { throw TestServerError("‘\(old)’ is not in the stack's configuration") }
            text = text.replacing(old, with: new)
        }
        let file = stack.directory.appending(path: "plumbline-\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: file)
        return Injection(configuration: file.path) { try FileManager.default.removeItem(at: file) }
    }

    /// A file with a secret that is wrong.
    static func wrongSecret(_ stack: LocalStack) throws -> String {
        let file = stack.directory.appending(path: "wrong-secret")
        try Data("fake-and-wrong".utf8).write(to: file)
        return "${file:wrong-secret}"
    }

    /// A connection as the platform's own user, who owns the tables.
    static func database(_ stack: LocalStack) async throws -> PostgresConnection {
        guard let port = stack.state.ports["postgres"] else {
            throw TestServerError("the stack names no PostgreSQL port")
        }
        let password = try String(
            contentsOf: stack.directory.appending(path: "secrets/database-password"), encoding: .utf8)
        let configuration = PostgresConfiguration(
            host: "127.0.0.1", port: port, user: "mlflow", password: password.trimmingCharacters(in: .newlines),
            database: "mlflow_db")
        return try await PostgresConnection.connect(configuration, deadline: .seconds(10))
    }

    /// Runs a statement now, and another when the checks have run.
    static func sql(_ stack: LocalStack, _ now: String, undo: String) async throws -> Injection {
        let connection = try await database(stack)
        _ = try await connection.query(now, deadline: .seconds(20))
        await connection.close()
        return Injection(configuration: stack.configuration) {
            let connection = try await database(stack)
            _ = try await connection.query(undo, deadline: .seconds(20))
            await connection.close()
        }
    }

    /// Takes the database's places but for some.
    static func connections(_ stack: LocalStack, leaving places: Int) async throws -> Injection {
        var held = [try await database(stack)]
        let free = try await held[0].query(
            """
            SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                   - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
            """, deadline: .seconds(5))
        let count = (Int(free.scalar ?? "") ?? 0) - places
        do {
            for _ in 0..<max(0, count) { held.append(try await database(stack)) }
        } catch let error as PostgresError where error.kind == .tooManyConnections {
            // The services took the last place first: there is none left either way.
        }
        let keeper = places > 0 ? nil : keepTaken(stack)
        return Injection(configuration: stack.configuration) { [held] in
            keeper?.cancel()
            let later = await keeper?.value ?? []
            for connection in held + later { await connection.close() }
        }
    }

    /// Takes every place that a service gives back, until it is cancelled.
    private static func keepTaken(_ stack: LocalStack) -> Task<[PostgresConnection], Never> {
        Task {
            var held: [PostgresConnection] = []
            while !Task.isCancelled {
                if let connection = try? await database(stack) { held.append(connection) }
                try? await Task.sleep(for: .milliseconds(20))
            }
            return held
        }
    }

    static func scenario(_ stack: LocalStack, _ name: String) async throws -> Injection {
        try await stack.apply(scenario: name)
        return Injection(configuration: stack.configuration) { try await stack.apply(scenario: "none") }
    }

    /// The auth service answers as it is told.
    static func authBehaviour(_ stack: LocalStack, _ behaviour: String) async throws -> Injection {
        @Sendable func set(_ behaviour: String) async throws {
            let authority = stack.directory.appending(path: "tls/ca.pem").path
            let response = try await HTTPClient(.init(tls: .init(authorityFile: authority))).send(
                HTTPRequest(
                    method: "PUT", url: stack.state.urls.auth + "/_sandbox/behaviour",
                    headers: [HTTPHeader("Content-Type", "application/json")],
                    body: Array(#"{"behaviour":"\#(behaviour)"}"#.utf8)))
            guard response.status == 200 else { throw TestServerError("the auth service refuses: \(response.text)") }
        }
        try await set(behaviour)
        return Injection(configuration: stack.configuration) { try await set("normal") }
    }

    /// The load balancer with other rules.
    static func balancer(_ stack: LocalStack, _ old: String, _ new: String) async throws -> Injection {
        let directory = stack.directory.appending(path: "nginx")
        let file = directory.appending(path: "nginx.conf")
        let original = try String(contentsOf: file, encoding: .utf8)
        guard original.contains(old) else { throw TestServerError("‘\(old)’ is not in nginx.conf") }
        let pidText = try String(contentsOf: directory.appending(path: "nginx.pid"), encoding: .utf8)
        guard let pid = Int32(pidText.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw TestServerError("nginx.pid holds no number")
        }
        @Sendable func apply(_ text: String) async throws {
            try Data(text.utf8).write(to: file)
            kill(pid, SIGHUP)
            // nginx changes over within moments of the signal; its old workers finish what they have.
            try await Task.sleep(for: .seconds(1))
        }
        try await apply(original.replacing(old, with: new))
        return Injection(configuration: stack.configuration) { try await apply(original) }
    }
}
