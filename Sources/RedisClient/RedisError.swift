import Sockets

/// Why a connection or a command failed.
public struct RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case nameNotResolved, refused, unreachable, timeout, connectionLost, tls, certificate
        /// Wrong password, none given where one is needed, or one given where none is known.
        case authentication
        /// The user may not run the command.
        case permission
        /// Loading its data set, out of memory, read-only replica, failed persistence.
        case notAccepting
        /// Any other error answer.
        case server
        /// The peer does not speak the protocol.
        case `protocol`
        case replyTooLarge, cancelled, notUsable
    }

    public let kind: Kind
    /// The first word of the server's error, for example `WRONGPASS`.
    public let code: String?
    public let message: String

    public init(kind: Kind, code: String? = nil, message: String) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    /// Whether the server was never spoken to: from here one cannot tell whether it is healthy.
    public var isReachability: Bool {
        switch kind {
        case .nameNotResolved, .refused, .unreachable, .timeout: true
        default: false
        }
    }

    public var description: String { "\(kind.rawValue): \(message)" }
}

extension RedisError {
    public init(_ error: StreamError) {
        let kind: Kind =
            switch error.kind {
            case .nameNotResolved: .nameNotResolved
            case .refused: .refused
            case .unreachable: .unreachable
            case .timeout: .timeout
            case .reset, .closed, .other: .connectionLost
            case .tls: .tls
            case .certificate: .certificate
            case .cancelled: .cancelled
            }
        self.init(kind: kind, message: error.message)
    }

    /// From an error answer of the server, which begins with a code word.
    init(answer text: String) {
        let word = text.split(separator: " ", maxSplits: 1).first.map(String.init) ?? ""
        let code = word.allSatisfy { $0.isUppercase || $0.isNumber } && !word.isEmpty ? word : nil
        let kind: Kind =
            switch code {
            case "NOAUTH", "WRONGPASS": .authentication
            case "NOPERM": .permission
            case "LOADING", "OOM", "READONLY", "MISCONF", "MASTERDOWN", "BUSY", "CLUSTERDOWN": .notAccepting
            // Before Redis 6, and for the default user without a password, the code word is just ERR.
            default:
                text.contains("AUTH") && text.contains("password") || text.contains("invalid password")
                    ? .authentication : .server
            }
        self.init(kind: kind, code: code, message: text)
    }
}
