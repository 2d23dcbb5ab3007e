import Formats
import RedisClient
import RunModel

extension Symptom {
    /// A failed connection to Redis.
    package static func noRedis(_ error: RedisError, at target: RedisConfiguration) -> Symptom {
        let place = NetworkAddress(host: target.host, port: target.port).description
        let manner: NoConnection.Manner
        switch error.kind {
        case .nameNotResolved: manner = .unresolved
        case .refused: manner = .refused
        case .unreachable: manner = .unreachable
        case .timeout: manner = .timedOut
        case .tls: manner = .tls
        case .protocol: manner = .foreign
        case .certificate: return .certificate(CertificateProblem(.redis, at: place, .untrusted))
        default: return .redis(error)
        }
        return .noConnection(NoConnection(.redis, at: place, manner))
    }

    /// What Redis, or a connection to it that was there, ended with.
    package static func redis(_ error: RedisError) -> Symptom {
        let reason: ForeignError.Reason =
            switch error.kind {
            case .authentication: .authentication
            case .permission: .permission
            case .notAccepting: .notReady
            case .connectionLost: .connectionLost
            case .timeout: .timedOut
            case .refused: .refused
            case .nameNotResolved: .unresolved
            case .certificate: .certificate
            case .unreachable, .tls, .server, .protocol, .replyTooLarge, .cancelled, .notUsable: .other
            }
        return .error(ForeignError(.redis, reason, code: error.code ?? "", says: error.message))
    }
}
