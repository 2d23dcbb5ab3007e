import Glibc

/// Why a connection or a statement failed.
public struct PostgresError: Error, Sendable, Equatable {
    /// What kind of failure it was, told apart by SQLSTATE or by the error of the socket.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The host name has no address.
        case nameNotResolved
        /// The host answered that nobody listens on the port.
        case refused
        /// No route to the host, or the network refused.
        case unreachable
        /// The deadline passed: during connect this is what a security group that drops packets looks like.
        case timeout
        /// An established connection ended in the middle.
        case connectionLost
        /// The server speaks no TLS, or speaks only TLS, against what was asked.
        case tls
        /// The server's certificate is not trusted, has expired or is for another name.
        case certificate
        /// Wrong user or password, or a rule of pg_hba.conf (SQLSTATE class 28).
        case authentication
        /// The server asked for the password in clear on a connection without TLS, and did not get it.
        case cleartextPassword
        /// SQLSTATE 3D000.
        case databaseMissing
        /// SQLSTATE 53300.
        case tooManyConnections
        /// SQLSTATE 42501.
        case permission
        /// SQLSTATE 42P01.
        case tableMissing
        /// The server itself gave up the statement: SQLSTATE 57014.
        case statementTimeout
        /// SQLSTATE 55P03.
        case lockTimeout
        /// Starting up, shutting down or in recovery: SQLSTATE 57P01, 57P02, 57P03.
        case notAccepting
        /// The result was longer than the limits of the query allow.
        case resultTooLarge
        /// The task was cancelled.
        case cancelled
        /// The connection was closed, or another query is running on it.
        case notUsable
        /// Any other answer of the server.
        case server
        /// The peer does not speak the protocol.
        case `protocol`
    }

    public let kind: Kind
    /// The five characters of the SQL standard, when the server sent any.
    public let sqlState: String?
    /// What the server or the socket said, in one line, without anything secret of ours.
    public let message: String
    /// Further lines of the server: detail and hint.
    public let detail: String?

    public init(kind: Kind, sqlState: String? = nil, message: String, detail: String? = nil) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
    }

    /// Whether the server was never spoken to: from here one cannot tell whether it is healthy.
    public var isReachability: Bool {
        switch kind {
        case .nameNotResolved, .refused, .unreachable, .timeout: true
        default: false
        }
    }
}

extension PostgresError {
    static func cleartextPassword(at place: String) -> PostgresError {
        PostgresError(
            kind: .cleartextPassword,
            message:
                "\(place) asks for the password in clear on a connection without TLS; it was not sent. Let the server use scram-sha-256, ask for TLS, or permit this one"
        )
    }

    static func noDescriptors(_ code: Int32, for place: String) -> PostgresError {
        PostgresError(kind: .notUsable, message: "no connection to \(place): \(String(cString: strerror(code)))")
    }

    static func notTheProtocol(at place: String) -> PostgresError {
        PostgresError(kind: .protocol, message: "\(place) does not log in like a PostgreSQL server")
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        let state = sqlState.map { " [SQLSTATE \($0)]" } ?? ""
        let more = detail.map { " (\($0))" } ?? ""
        return "\(kind.rawValue)\(state): \(message)\(more)"
    }
}

extension PostgresError.Kind {
    /// The kind that a SQLSTATE means (PostgreSQL manual, appendix A).
    init(sqlState: String) {
        self =
            switch sqlState {
            case "3D000": .databaseMissing
            case "53300": .tooManyConnections
            case "42501": .permission
            case "42P01": .tableMissing
            case "57014": .statementTimeout
            case "55P03": .lockTimeout
            case "57P01", "57P02", "57P03": .notAccepting
            case let state where state.hasPrefix("28"): .authentication
            case let state where state.hasPrefix("08"): .connectionLost
            default: .server
            }
    }
}

extension PostgresError {
    /// What libpq says while connecting. With verbose errors the text of the server begins `SEVERITY:  SQLSTATE: `; the
    /// rest are the errors of the socket and of TLS, whose texts libpq takes from the system.
    init(connecting text: String, password: String?) {
        let lines = text.split(separator: "\n").map { $0.drop { $0 == "\t" } }
        let relevant = lines.filter { !$0.hasPrefix("LOCATION:") && !$0.hasPrefix("Is the server running") }
        var message = relevant.joined(separator: "; ")
        if let password, !password.isEmpty { message = message.replacing(password, with: "‹secret›") }
        // With sslmode=prefer libpq tries twice and tells both failures: the last one is the one that counts.
        if let match = text.matches(of: #/:  ([0-9A-Z]{5}): /#).last {
            let state = String(match.1)
            self.init(kind: Kind(sqlState: state), sqlState: state, message: message)
            return
        }
        self.init(kind: Self.kind(ofSocketError: message), message: message.isEmpty ? "no reason given" : message)
    }

    private static func kind(ofSocketError text: String) -> Kind {
        let lowered = text.lowercased()
        let table: [(Kind, [String])] = [
            (.certificate, ["certificate verify failed", "server certificate for", "root certificate file"]),
            (.certificate, ["does not match host name", "certificate has expired", "self-signed", "self signed"]),
            (.refused, ["connection refused", "no such file or directory"]),
            (.unreachable, ["no route to host", "network is unreachable", "host is down", "host is unreachable"]),
            (.timeout, ["timed out", "timeout expired"]),
            (.nameNotResolved, ["could not translate host name"]),
            (.tls, ["does not support ssl", "ssl error", "ssl connection", "sslmode"]),
            (.authentication, ["no password supplied", "authentication method", "scram", "fe_sendauth"]),
            (.connectionLost, ["connection reset", "closed the connection", "broken pipe", "eof detected"]),
        ]
        return table.first { _, phrases in phrases.contains { lowered.contains($0) } }?.0 ?? .protocol
    }
}
