import Formats
import PostgresClient
import RunModel

extension Symptom {
    /// A failed connection to PostgreSQL.
    package static func noDatabase(_ error: PostgresError, at target: PostgresConfiguration) -> Symptom {
        let place = NetworkAddress(host: target.host, port: target.port).description
        let manner: NoConnection.Manner
        switch error.kind {
        case .nameNotResolved: manner = .unresolved
        case .refused: manner = .refused
        case .unreachable: manner = .unreachable
        case .timeout: manner = .timedOut
        case .tls: manner = .tls
        case .protocol: manner = .foreign
        case .certificate: return .certificate(CertificateProblem(.database, at: place, .untrusted))
        default: return .database(error)
        }
        return .noConnection(NoConnection(.database, at: place, manner))
    }

    /// What PostgreSQL, or a connection to it that was there, ended with.
    package static func database(_ error: PostgresError) -> Symptom {
        let reason: ForeignError.Reason
        switch error.kind {
        case .timeout, .statementTimeout, .lockTimeout: return .excess(Excess(.database, .time))
        case .authentication, .cleartextPassword: reason = .authentication
        case .permission: reason = .permission
        case .databaseMissing: reason = .notFound
        case .tooManyConnections: reason = .exhausted
        case .notAccepting: reason = .notReady
        case .connectionLost: reason = .connectionLost
        case .nameNotResolved: reason = .unresolved
        case .refused: reason = .refused
        case .certificate: reason = .certificate
        case .unreachable, .tls, .tableMissing, .resultTooLarge, .cancelled, .notUsable, .server, .protocol:
            reason = .other
        }
        return .error(ForeignError(.database, reason, code: error.sqlState ?? "", says: error.message))
    }
}
