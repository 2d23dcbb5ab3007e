import PostgresClient
import TestSupport
import Testing

/// One server for all the tests of the suite, started by the first one.
private let server = Task { try await PostgresServer(settings: ["max_connections": "30"]) }

@Suite struct PostgresConnectionTests {
    private func configuration(
        user: String = PostgresServer.user, password: String? = PostgresServer.password, database: String = "postgres",
        host: String = "127.0.0.1", tls: PostgresConfiguration.TLSMode = .prefer, settings: [String: String] = [:]
    ) async throws -> PostgresConfiguration {
        PostgresConfiguration(
            host: host, port: try await server.value.port, user: user, password: password, database: database, tls: tls,
            settings: settings)
    }

    private func connect(_ configuration: PostgresConfiguration) async throws -> PostgresConnection {
        try await PostgresConnection.connect(configuration, deadline: .seconds(10))
    }

    private func failure(_ configuration: PostgresConfiguration, deadline: Duration = .seconds(10)) async
        -> PostgresError?
    {
        do {
            _ = try await PostgresConnection.connect(configuration, deadline: deadline)
            return nil
        } catch {
            return error
        }
    }

    /// Waits until the server works on a statement of another connection.
    private func untilRunning(_ sql: String) async throws {
        let watcher = try await connect(configuration())
        let end = ContinuousClock.now.advanced(by: .seconds(20))
        let count = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = $1"
        while try await watcher.query(count, [sql], deadline: .seconds(5)).scalar == "0" {
            try #require(ContinuousClock.now < end)
            await Task.yield()
        }
    }

    @Test("A connection tells the server's version and its own address") func session() async throws {
        let connection = try await connect(configuration())
        #expect(connection.session.serverVersion >= 140_000)
        #expect(connection.session.address == "127.0.0.1")
        #expect(connection.session.tlsVersion == nil)
        #expect(connection.session.backendProcess > 0)
    }

    @Test("Parameters travel unharmed, NULL stays NULL, columns keep their names") func parameters() async throws {
        let connection = try await connect(configuration())
        let text = "quote ' backslash \\ percent % emoji 🦉 newline \n end"
        let rows = try await connection.query(
            "SELECT $1::text AS a, $2::text AS b, $3::int + 1 AS c", [text, nil, "41"], deadline: .seconds(5))
        #expect(rows == PostgresRows(columns: ["a", "b", "c"], rows: [[text, nil, "42"]], affected: nil))
        #expect(rows.scalar == text)
        #expect(rows.column("c") == ["42"])
        #expect(rows.column("nothing") == [])
    }

    @Test("Statements without rows tell how many rows they changed") func affected() async throws {
        let connection = try await connect(configuration())
        _ = try await connection.query("CREATE TEMPORARY TABLE t (i int)", deadline: .seconds(5))
        let rows = try await connection.query("INSERT INTO t SELECT generate_series(1, 7)", deadline: .seconds(5))
        #expect(rows.affected == 7)
    }

    @Test("Failures of the log-in are told apart by SQLSTATE and never show the password")
    func logInFailures() async throws {
        let wrong = "fake-secret-that-is-wrong"
        let cases: [(PostgresConfiguration, PostgresError.Kind, String)] = [
            (try await configuration(password: wrong), .authentication, "28P01"),
            (try await configuration(user: "postgres", password: wrong), .authentication, "28P01"),
            (try await configuration(database: "missing_db"), .databaseMissing, "3D000"),
        ]
        for (configuration, kind, state) in cases {
            let error = try #require(await failure(configuration))
            #expect(error.kind == kind)
            #expect(error.sqlState == state)
            #expect(!error.description.contains(wrong))
            #expect(!error.description.contains(PostgresServer.password))
        }
        let missing = try #require(await failure(try await configuration(database: "missing_db")))
        #expect(missing.message.contains("\"missing_db\" does not exist"))
    }

    @Test("A description of the configuration shows no password") func masked() async throws {
        let configuration = try await configuration()
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains(PostgresServer.password))
            #expect(text.contains("mlflow@127.0.0.1"))
        }
    }

    @Test(
        "Errors of statements carry their SQLSTATE",
        arguments: [
            ("SELECT * FROM no_such_table", PostgresError.Kind.tableMissing, "42P01"),
            ("SELECT 1/0", .server, "22012"),
            ("SELEC 1", .server, "42601"),
            ("SELECT 1; SELECT 2", .server, "42601"),
            ("SET statement_timeout = 0; DROP TABLE t", .server, "42601"),
        ])
    func statementErrors(sql: String, kind: PostgresError.Kind, state: String) async throws {
        let connection = try await connect(configuration())
        await #expect { try await connection.query(sql, deadline: .seconds(5)) } throws: {
            ($0 as? PostgresError)?.kind == kind && ($0 as? PostgresError)?.sqlState == state
        }
        #expect(try await connection.query("SELECT 'still here'", deadline: .seconds(5)).scalar == "still here")
    }

    @Test("A statement over its deadline is cancelled on the server and the connection goes on")
    func deadline() async throws {
        let connection = try await connect(configuration())
        await #expect { try await connection.query("SELECT pg_sleep(60)", deadline: .milliseconds(300)) } throws: {
            ($0 as? PostgresError)?.kind == .timeout
        }
        let running = try await connection.query(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
            deadline: .seconds(5))
        #expect(running.scalar == "0")
    }

    @Test("A lock that somebody else keeps is another kind of failure than a slow statement")
    func lockTimeout() async throws {
        let owner = try await connect(configuration())
        _ = try await owner.query("SELECT pg_advisory_lock(4711)", deadline: .seconds(20))
        let other = try await connect(configuration(settings: ["lock_timeout": "100"]))
        await #expect { try await other.query("SELECT pg_advisory_lock(4711)", deadline: .seconds(30)) } throws: {
            ($0 as? PostgresError)?.kind == .lockTimeout && ($0 as? PostgresError)?.sqlState == "55P03"
        }
        _ = try await owner.query("SELECT pg_advisory_unlock_all()", deadline: .seconds(20))
    }

    @Test("The server's own statement timeout is another kind of failure") func statementTimeout() async throws {
        let connection = try await connect(configuration(settings: ["statement_timeout": "200"]))
        await #expect { try await connection.query("SELECT pg_sleep(60)", deadline: .seconds(20)) } throws: {
            ($0 as? PostgresError)?.kind == .statementTimeout && ($0 as? PostgresError)?.sqlState == "57014"
        }
    }

    @Test("A cancelled task cancels its statement") func cancellation() async throws {
        let connection = try await connect(configuration())
        let task = Task { try await connection.query("SELECT pg_sleep(60)", deadline: .seconds(60)) }
        try await untilRunning("SELECT pg_sleep(60)")
        task.cancel()
        await #expect { try await task.value } throws: { ($0 as? PostgresError)?.kind == .cancelled }
        #expect(try await connection.query("SELECT 1", deadline: .seconds(5)).scalar == "1")
    }

    @Test(
        "Rows, bytes and single values over the limit end the query",
        arguments: [
            ("SELECT generate_series(1, 100000)", 10, 1 << 20),
            ("SELECT repeat('x', 1000) FROM generate_series(1, 5000)", 1_000_000, 100_000),
            ("SELECT repeat('x', 100000000)", 10, 1000),
        ])
    func limits(sql: String, rows: Int, bytes: Int) async throws {
        let connection = try await connect(configuration())
        let limits = PostgresResultLimits(rows: rows, bytes: bytes)
        await #expect { try await connection.query(sql, limits: limits, deadline: .seconds(20)) } throws: {
            ($0 as? PostgresError)?.kind == .resultTooLarge
        }
    }

    @Test("A closed and a busy connection say so") func notUsable() async throws {
        let connection = try await connect(configuration())
        let sleep = "SELECT pg_sleep(60) AS busy"
        let busy = Task { try await connection.query(sleep, deadline: .seconds(60)) }
        try await untilRunning(sleep)
        await #expect { try await connection.query("SELECT 1", deadline: .seconds(5)) } throws: {
            ($0 as? PostgresError)?.kind == .notUsable
        }
        busy.cancel()
        await #expect { try await busy.value } throws: { ($0 as? PostgresError)?.kind == .cancelled }
        await connection.close()
        await #expect(throws: PostgresError(kind: .notUsable, message: "the connection is closed")) {
            try await connection.query("SELECT 1", deadline: .seconds(5))
        }
    }

    @Test("A backend that is terminated is a lost connection") func terminated() async throws {
        let connection = try await connect(configuration())
        let killer = try await connect(configuration())
        let process = String(connection.session.backendProcess)
        _ = try await killer.query("SELECT pg_terminate_backend($1::int)", [process], deadline: .seconds(5))
        await #expect { try await connection.query("SELECT 1", deadline: .seconds(5)) } throws: {
            [.connectionLost, .notAccepting].contains(($0 as? PostgresError)?.kind)
        }
    }

    @Test("Twenty connections stand at once and the one too many is told by SQLSTATE") func manyConnections()
        async throws
    {
        let small = try await PostgresServer(settings: ["max_connections": "23", "superuser_reserved_connections": "0"])
        let configuration = PostgresConfiguration(
            host: "localhost", port: small.port, user: PostgresServer.user, password: PostgresServer.password,
            database: "postgres")
        let connections = try await withThrowingTaskGroup(of: PostgresConnection.self) { group in
            for _ in 0..<20 {
                group.addTask { try await PostgresConnection.connect(configuration, deadline: .seconds(20)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(connections.map(\.session.backendProcess)).count == 20)
        var extra: [PostgresConnection] = []
        var refusal: PostgresError?
        while refusal == nil, extra.count < 10 {
            do { extra.append(try await PostgresConnection.connect(configuration, deadline: .seconds(10))) } catch {
                refusal = error
            }
        }
        #expect(refusal?.kind == .tooManyConnections)
        #expect(refusal?.sqlState == "53300")
        for connection in connections + extra { await connection.close() }
    }
}
