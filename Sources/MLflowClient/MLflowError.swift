import HTTPClient

/// Why a call to MLflow gave no usable answer.
public struct MLflowError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, Codable {
        /// No answer came: see `transport`.
        case noAnswer
        /// An answer in MLflow's error form.
        case refused
        /// An error of somebody before MLflow: gateway, proxy, load balancer.
        case foreign
        /// A success whose body is not what the call promises.
        case unreadable
    }

    public let kind: Kind
    /// The HTTP status, nil when no answer came.
    public let status: Int?
    /// MLflow's word, such as `RESOURCE_DOES_NOT_EXIST` (contract §3.4).
    public let errorCode: String?
    public let message: String
    /// Method and path of the call.
    public let call: String
    public let transport: HTTPError?

    public init(
        kind: Kind, status: Int? = nil, errorCode: String? = nil, message: String, call: String,
        transport: HTTPError? = nil
    ) {
        self.kind = kind
        self.status = status
        self.errorCode = errorCode
        self.message = message
        self.call = call
        self.transport = transport
    }

    /// Whether the call was answered with "there is no such thing".
    public var isMissing: Bool { errorCode == "RESOURCE_DOES_NOT_EXIST" || (status == 404 && errorCode == nil) }

    public var description: String {
        let state = [status.map(String.init), errorCode].compactMap(\.self).joined(separator: " ")
        return "\(call): \(state.isEmpty ? "" : state + " ")\(message)"
    }

    public static func == (left: MLflowError, right: MLflowError) -> Bool {
        left.kind == right.kind && left.status == right.status && left.errorCode == right.errorCode
            && left.message == right.message && left.call == right.call
    }
}
