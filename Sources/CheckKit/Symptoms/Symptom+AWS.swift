import AWSClient
import RunModel

extension Symptom {
    /// A call to AWS that gave no usable answer.
    package static func aws(_ error: AWSError) -> Symptom {
        let reason: ForeignError.Reason
        switch error.kind {
        case .accessDenied: return .permissionDenied(action: error.missingAction ?? error.operation)
        case .expiredCredentials, .invalidCredentials, .noCredentials, .clockSkew: reason = .authentication
        case .throttled: reason = .exhausted
        case .notFound: reason = .notFound
        case .transport: reason = .connectionLost
        case .client, .service, .malformedAnswer, .paginationLoop, .configuration: reason = .other
        }
        return .error(ForeignError(Component(.aws), reason, code: error.code ?? "", says: error.message))
    }
}
