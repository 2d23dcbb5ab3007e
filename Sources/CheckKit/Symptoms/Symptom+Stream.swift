import RunModel
import Sockets

extension Symptom {
    /// No TCP or TLS connection.
    package static func noConnection(_ error: StreamError, to component: Component, at place: String) -> Symptom {
        let manner: NoConnection.Manner
        switch error.kind {
        case .nameNotResolved: manner = .unresolved
        case .refused: manner = .refused
        case .unreachable: manner = .unreachable
        case .timeout: manner = .timedOut
        case .reset, .closed: manner = .reset
        case .tls: manner = .tls
        case .cancelled, .other: manner = .other
        case .certificate: return .certificate(CertificateProblem(component, at: place, .untrusted))
        }
        return .noConnection(NoConnection(component, at: place, manner))
    }

    /// A name without an address.
    package static func unresolved(_ component: Component, at place: String) -> Symptom {
        .noConnection(NoConnection(component, at: place, .unresolved))
    }
}
