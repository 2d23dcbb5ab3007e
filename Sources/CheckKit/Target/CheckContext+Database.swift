import Formats
import PostgresClient
import RunModel
import Secrets

extension CheckContext {
    /// The configured database, or another one on the same server.
    ///
    /// - Throws: ``Stop`` with `skipped` when none is configured.
    package func databaseConfiguration(name: String? = nil, settings: [String: String] = [:]) throws
        -> PostgresConfiguration
    {
        guard let database = services.configuration.database else {
            throw Stop.skipped("the configuration has no `database` section")
        }
        if let password = database.password, !password.isResolved {
            throw Stop.skipped("the database password is configured as \(password.source), which gives no value")
        }
        return PostgresConfiguration(
            host: database.host, port: database.port, user: database.user, password: database.password?.reveal(),
            database: name ?? database.name,
            tls: PostgresConfiguration.TLSMode(rawValue: database.tls.rawValue) ?? .require,
            rootCertificates: database.caFile, allowsCleartextPassword: database.allowsCleartextPassword,
            settings: settings)
    }

    /// Connects, and ends the check with the cause when that fails.
    package func connectToDatabase(
        name: String? = nil, settings: [String: String] = [:]
    ) async throws -> PostgresConnection {
        let target = try databaseConfiguration(name: name, settings: settings)
        reproduce(on: target, sql: "SELECT 1")
        do throws(PostgresError) {
            let connection = try await PostgresConnection.connect(target, deadline: databaseConnectTimeout)
            recorder.touch(.call(.vantage, .database, held: true))
            recorder.attach(Evidence("connect to \(target)", text: Self.described(connection.session)))
            return connection
        } catch {
            recorder.touch(.call(.vantage, .database, held: false))
            recorder.attach(Evidence("connect to \(target)", text: error.description))
            if let fault = error.psqlFault {
                recorder.verify(
                    with: Verification(
                        .psql, command(on: target, sql: "SELECT 1"), fault: fault, repaired: [.exit([0])]))
            }
            throw Stop(outcome(ofConnecting: error, to: target))
        }
    }

    package var databaseConnectTimeout: Duration { services.configuration.database?.connectTimeout ?? .seconds(10) }
    package var databaseStatementTimeout: Duration { services.configuration.database?.statementTimeout ?? .seconds(10) }

    /// Runs a statement and keeps it with its rows as evidence. An error of the server ends the check.
    package func ask(
        _ connection: PostgresConnection, _ sql: String, _ parameters: [String?] = []
    ) async throws -> PostgresRows {
        reproduce(on: connection.configuration, sql: sql, parameters)
        do throws(PostgresError) {
            let rows = try await connection.query(sql, parameters, deadline: databaseStatementTimeout)
            recorder.attach(Evidence(Self.title(sql), text: "\(sql)\n\n\(Self.table(rows))"))
            return rows
        } catch {
            recorder.attach(Evidence(Self.title(sql), text: "\(sql)\n\n\(error)"))
            switch error.kind {
            case .permission:
                throw Stop.inconclusive(.database(error), "the user may not ask this: \(error)")
            case .timeout, .statementTimeout, .lockTimeout:
                throw Stop.failed(
                    .database(error),
                    "a statement does not end in time",
                    expected: "an answer within \(databaseStatementTimeout.readable)",
                    got: error.description)
            default:
                throw Stop.failed(.database(error), "a statement fails", expected: "rows", got: error.description)
            }
        }
    }

    /// How a failed connection ends a check: with the cause that the SQLSTATE or the socket tells.
    package func outcome(ofConnecting error: PostgresError, to target: PostgresConfiguration) -> Outcome {
        if error.isReachability, error.kind != .refused, !PrivateHost.isAnswerable(target.host) {
            return .inconclusive(
                .noDatabase(error, at: target), notReachable("the database \(target)", error.description))
        }
        let expected = "a connection to \(target)"
        let what: String =
            switch error.kind {
            case .refused: "nobody listens on \(NetworkAddress(host: target.host, port: target.port))"
            case .timeout: "the database does not answer in time, as behind a rule that drops packets"
            case .nameNotResolved: "the database's host name has no address"
            case .unreachable: "there is no route to the database"
            case .authentication: "the database refuses the user \(target.user) or its password"
            case .cleartextPassword:
                "the database asks for the password in clear, without TLS (permit it with `database.cleartext_password`)"
            case .databaseMissing: "the database \(target.database) does not exist"
            case .tooManyConnections: "all connections of the database are taken"
            case .certificate: "the database shows a certificate that is not to be trusted"
            case .tls: "the database and the configuration disagree about TLS"
            case .notAccepting: "the database is starting up or shutting down"
            default: "the connection to the database fails"
            }
        return .failed(.noDatabase(error, at: target), what, expected: expected, got: error.description)
    }

    /// A command line that asks the same; the password stands as a variable.
    package func reproduce(on target: PostgresConfiguration, sql: String, _ parameters: [String?] = []) {
        recorder.reproduce(with: command(on: target, sql: sql, parameters))
    }

    private func command(on target: PostgresConfiguration, sql: String, _ parameters: [String?] = []) -> String {
        var statement = sql
        for (index, parameter) in parameters.enumerated().reversed() {
            let value = parameter.map { "'\($0.replacing("'", with: "''"))'" } ?? "NULL"
            statement = statement.replacing("$\(index + 1)", with: value)
        }
        let quoted = statement.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "\\$")
        var variable = "DB_PASSWORD"
        if case .environment(let name) = services.configuration.database?.password?.source { variable = name }
        let roots = target.rootCertificates.map { " sslrootcert='\($0)'" } ?? ""
        return
            "PGPASSWORD=\"$\(variable)\" psql \"host=\(target.host) port=\(target.port) user=\(target.user) dbname=\(target.database) sslmode=\(target.tls.rawValue)\(roots) connect_timeout=10\" -c \"\(quoted)\""
    }

    private static func described(_ session: PostgresConnection.Session) -> String {
        """
        connected to \(session.address ?? "a local socket") in \(session.connect.readable) (name \(session.nameResolution.readable))
        server version \(session.serverVersionText), TLS \(session.tlsVersion ?? "off") \(session.tlsCipher ?? "")
        """
    }

    private static func title(_ sql: String) -> String {
        let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.excerpt(60)
    }

    private static func table(_ rows: PostgresRows) -> String {
        let lines = rows.rows.prefix(500).map { $0.map { $0 ?? "NULL" }.joined(separator: " | ") }
        return ([rows.columns.joined(separator: " | ")] + lines).joined(separator: "\n")
    }
}

extension PostgresError {
    /// What psql says while a connection fails like this one; nil where psql connects all the same. That it refuses the reader's
    /// own password says nothing of any other fault.
    fileprivate var psqlFault: [Verification.Condition]? {
        switch kind {
        // psql sends the password as it is asked for it.
        case .cleartextPassword: nil
        case .authentication:
            [.contains("authentication failed"), .contains("no pg_hba.conf entry"), .contains("pg_hba.conf rejects")]
        case .databaseMissing: [.contains("does not exist")]
        default: Self.psqlSilences.map { .contains($0) } + [.exit([Verification.ended])]
        }
    }

    /// libpq's words for a connection that is not made.
    private static let psqlSilences = [
        "Connection refused", "timeout expired", "could not translate host name", "No route to host",
        "Network is unreachable", "Connection reset", "closed the connection unexpectedly", "SSL", "certificate",
        "starting up", "shutting down", "in recovery mode", "too many clients", "remaining connection slots",
    ]
}
