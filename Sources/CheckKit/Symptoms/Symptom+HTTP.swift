import HTTPClient
import RunModel
import Secrets

extension Symptom {
    /// No answer over HTTP.
    ///
    /// - Parameter component: what takes the connection.
    package static func noAnswer(_ error: HTTPError, from component: Component) -> Symptom {
        let place = Place.text(of: error.url) ?? error.url
        if let defect = error.code.defect { return .certificate(CertificateProblem(component, at: place, defect)) }
        return .noConnection(NoConnection(component, at: place, error.code.manner))
    }

    /// An answer of another status than promised.
    ///
    /// - Parameter component: what was asked.
    package static func answer(_ response: HTTPResponse, of component: Component, method: String = "GET") -> Symptom {
        .answer(
            HTTPAnswer(
                component, method: method, path: HTTPRequest(url: response.url).path, status: response.status,
                by: Responder.recognised(in: response), says: response.words))
    }
}

extension HTTPResponse {
    /// What the answer says on one line: its error in JSON, or the beginning of its body.
    package var words: String {
        readableText.excerpt(2 * HTTPAnswer.longestText).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

extension HTTPError.Code {
    fileprivate var defect: CertificateProblem.Defect? {
        switch self {
        case .certificateExpired: .expired
        case .certificateHostMismatch: .wrongName
        case .certificateUntrusted: .untrusted
        default: nil
        }
    }

    fileprivate var manner: NoConnection.Manner {
        switch self {
        case .connectionRefused: .refused
        case .connectTimeout: .timedOut
        case .couldNotResolve, .resolveTimeout: .unresolved
        case .unreachable: .unreachable
        case .connectionReset, .emptyReply, .truncatedBody: .reset
        case .timeout: .silent
        case .tlsFailure, .clientCertificate: .tls
        case .malformedResponse: .foreign
        default: .other
        }
    }
}

extension CheckContext {
    /// The symptom of a request that nobody answered.
    package func symptom(of error: HTTPError) -> Symptom {
        .noAnswer(
            error,
            from: services.configuration.destination(of: error.url)?.door
                ?? Component(.dnsName, Self.host(of: error.url)))
    }

    /// The symptom of an answer that is not the promised one.
    package func symptom(of response: HTTPResponse, method: String = "GET") -> Symptom {
        .answer(response, of: services.configuration.component(at: response.url), method: method)
    }
}
