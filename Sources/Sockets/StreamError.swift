import Glibc

/// Why a connection could not be made or ended.
public struct StreamError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, Codable {
        case nameNotResolved, refused, unreachable, timeout, reset, closed, tls, certificate, cancelled, other
    }

    public let kind: Kind
    public let message: String

    public init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }

    /// From an `errno` of a socket call.
    init(errno code: Int32, doing action: String) {
        kind =
            switch code {
            case ECONNREFUSED: .refused
            case ENETUNREACH, EHOSTUNREACH, EHOSTDOWN, EACCES: .unreachable
            case ETIMEDOUT: .timeout
            case ECONNRESET, EPIPE, ECONNABORTED: .reset
            default: .other
            }
        message = "\(action): \(String(cString: strerror(code)))"
    }

    public var description: String { "\(kind.rawValue): \(message)" }

    /// Whether the peer was never spoken to: from here one cannot tell whether it is healthy.
    public var isReachability: Bool {
        switch kind {
        case .nameNotResolved, .refused, .unreachable, .timeout: true
        default: false
        }
    }
}
