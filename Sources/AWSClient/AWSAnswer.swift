import Foundation
import HTTPClient
import Secrets

/// Reads answers and errors of all protocols.
struct AWSAnswer {
    let service: AWSService
    let operation: String
    let action: String
    let response: HTTPResponse
    /// The moment the answer came, by this machine's clock.
    let receivedAt: Date

    private var requestID: String? {
        response.headers["x-amzn-requestid"] ?? response.headers["x-amz-request-id"]
    }

    /// The document of a successful answer, without the envelope.
    func document() throws(AWSError) -> AWSDocument {
        do throws(AWSDocumentError) {
            switch service.wireProtocol {
            case .json: return try json()
            case .restXML:
                if response.body.isEmpty { return .fields([]) }
                let root = try XMLDocumentReader().read(response.body)
                // A proxy's page, and an error that comes with a good status, are no answers.
                guard !root.name.caseInsensitiveEquals("html"), root.name != "Error" else {
                    throw AWSDocumentError("expected an answer of S3, got <\(root.name)>")
                }
                return root.value
            case .query:
                let root = try XMLDocumentReader().read(response.body)
                guard root.name.hasSuffix("Response") else {
                    throw AWSDocumentError("expected <…Response>, got <\(root.name.excerpt(40))>")
                }
                guard case .fields(let fields) = root.value else { return root.value }
                return fields.first { $0.name.hasSuffix("Result") }?.value ?? root.value
            }
        } catch {
            throw AWSError(
                .malformedAnswer, operation: operation,
                message: "\(error) (\(response.body.count) bytes, status \(response.status))", status: response.status,
                requestID: requestID, action: action)
        }
    }

    private func json() throws(AWSDocumentError) -> AWSDocument {
        if response.body.isEmpty { return .fields([]) }
        return try JSONDocumentReader.read(response.body)
    }

    /// The error that an answer with a status of 300 and above stands for.
    func error() -> AWSError {
        var (code, message, id) = codeAndMessage()
        if code == nil, response.status == 403 { code = "AccessDenied" }
        if code == nil, response.status == 404 { code = "NotFound" }
        let text = message ?? "status \(response.status)"
        let skew = clockSkew(code: code, message: text)
        let kind = kind(code: code, message: text, isSkewed: skew != nil)
        return AWSError(
            kind, operation: operation, code: code, message: text.excerpt(600), status: response.status,
            requestID: requestID ?? id, missingAction: kind == .accessDenied ? deniedAction(text) : nil,
            clockSkew: skew,
            action: action)
    }

    private func codeAndMessage() -> (code: String?, message: String?, requestID: String?) {
        switch service.wireProtocol {
        case .json:
            guard let document = try? json() else { return (response.headers["x-amzn-errortype"], nil, nil) }
            let raw = document["__type"]?.text ?? response.headers["x-amzn-errortype"] ?? document["code"]?.text
            // `namespace#Code` in the body, `Code:address` in the header.
            let code = raw?.split(separator: "#").last?.split(separator: ":").first.map(String.init)
            return (code, document["message"]?.text, nil)
        case .query, .restXML:
            guard let root = try? XMLDocumentReader().read(response.body) else { return (nil, nil, nil) }
            let error = root.value[path: ["Error"]] ?? root.value[path: ["Errors", "Error"]] ?? root.value
            let id = root.value["RequestId"] ?? root.value["RequestID"]
            return (error["Code"]?.text, error["Message"]?.text, id?.text)
        }
    }

    private func kind(code: String?, message: String, isSkewed: Bool) -> AWSError.Kind {
        if isSkewed { return .clockSkew }
        let bare = code?.hasSuffix("Exception") == true ? String(code?.dropLast(9) ?? "") : code ?? ""
        switch bare {
        case "AccessDenied", "UnauthorizedOperation", "NotAuthorized", "Unauthorized", "AuthorizationError",
            "AllAccessDisabled":
            return .accessDenied
        case "ExpiredToken", "ExpiredTokenId", "RequestExpired", "TokenRefreshRequired": return .expiredCredentials
        case "InvalidClientTokenId", "UnrecognizedClient", "SignatureDoesNotMatch", "InvalidSignature",
            "AuthFailure", "InvalidAccessKeyId", "MissingAuthenticationToken", "IncompleteSignature", "InvalidToken":
            return .invalidCredentials
        case "Throttling", "ThrottledException", "Throttled", "RequestThrottled", "RequestLimitExceeded",
            "TooManyRequests", "SlowDown", "BandwidthLimitExceeded", "LimitExceeded", "RequestThrottlingException",
            "ProvisionedThroughputExceeded", "PriorRequestNotComplete", "TransactionInProgress":
            return .throttled
        default: break
        }
        if response.status == 429 { return .throttled }
        if response.status >= 500 { return .service }
        if response.status == 404 || bare.contains("NotFound") || bare.hasPrefix("NoSuch") || bare == "NotFoundFault" {
            return .notFound
        }
        return .client
    }

    /// By how much this machine's clock is ahead, when the service refused the request for its time.
    private func clockSkew(code: String?, message: String) -> Double? {
        let refused =
            code == "RequestTimeTooSkewed" || code == "RequestInTheFuture"
            || message.contains("Signature expired") || message.contains("Signature not yet current")
        guard refused, let date = response.headers["date"].flatMap({ HTTPDate.parse($0) }) else { return nil }
        return receivedAt.timeIntervalSince(date)
    }

    /// The action as the message names it, else the one the operation needs.
    private func deniedAction(_ message: String) -> String {
        guard let match = message.firstMatch(of: #/not authorized to perform:? ([a-z0-9-]+):([A-Za-z0-9]+)/#) else {
            return action
        }
        // Some servers name the host's word (`monitoring`), where a policy wants IAM's (`cloudwatch`).
        let prefix = String(match.1) == service.endpointPrefix ? service.iamPrefix : String(match.1)
        return "\(prefix):\(match.2)"
    }
}
