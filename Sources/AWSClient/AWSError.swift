import Formats

/// Why a call to AWS did not give an answer that can be used.
public struct AWSError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The kinds callers tell apart.
    public enum Kind: String, Sendable, Codable {
        /// The identity may not do this; `missingAction` names the action.
        case accessDenied
        /// Credentials expired and could not be renewed.
        case expiredCredentials
        /// The service does not accept the credentials or the signature.
        case invalidCredentials
        /// No source of credentials gave any.
        case noCredentials
        /// The clocks differ too much; `clockSkew` says by how much.
        case clockSkew
        case throttled
        /// What was asked for does not exist.
        case notFound
        /// The service refused the request for another reason.
        case client
        /// The service failed (5xx), also after retries.
        case service
        /// No connection, or none in time.
        case transport
        /// The answer could not be read.
        case malformedAnswer
        /// A page repeated an earlier page's token.
        case paginationLoop
        /// Region, endpoint or profile is not usable.
        case configuration
    }

    public var kind: Kind
    /// The service and operation, such as `ecs DescribeServices`.
    public var operation: String
    /// The IAM action of the call, such as `ecs:DescribeServices`; nil where no call was made, and in older snapshots.
    public var action: String?
    /// The service's own error code, such as `AccessDeniedException`.
    public var code: String?
    public var message: String
    public var status: Int?
    public var requestID: String?
    /// The IAM action that the identity lacks, for `accessDenied`.
    public var missingAction: String?
    /// Seconds by which this machine's clock is ahead of the service's, for `clockSkew`.
    public var clockSkew: Double?

    public init(
        _ kind: Kind, operation: String, code: String? = nil, message: String, status: Int? = nil,
        requestID: String? = nil, missingAction: String? = nil, clockSkew: Double? = nil, action: String? = nil
    ) {
        self.kind = kind
        self.operation = operation
        self.action = action
        self.code = code
        self.message = message
        self.status = status
        self.requestID = requestID
        self.missingAction = missingAction
        self.clockSkew = clockSkew
    }

    public var description: String {
        var text = "\(operation): "
        if let missingAction { text += "not allowed to call \(missingAction); " }
        if let code { text += code + ": " }
        text += message
        if let clockSkew {
            let direction = clockSkew > 0 ? "ahead of" : "behind"
            text += " (this machine's clock is \(abs(clockSkew).rounded().wholeText) s \(direction) the service's)"
        }
        if let requestID { text += " [request \(requestID)]" }
        return text
    }
}
