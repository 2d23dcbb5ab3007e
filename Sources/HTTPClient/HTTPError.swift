import Formats

/// Why a request got no answer.
public struct HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, as a stable word for statistics and rules. Open: later versions may add codes.
    public struct Code: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        public static let couldNotResolve = Code(rawValue: "could-not-resolve")
        public static let resolveTimeout = Code(rawValue: "resolve-timeout")
        public static let connectionRefused = Code(rawValue: "connection-refused")
        public static let unreachable = Code(rawValue: "unreachable")
        public static let connectTimeout = Code(rawValue: "connect-timeout")
        /// The deadline passed after the connection was there.
        public static let timeout = Code(rawValue: "timeout")
        public static let tlsFailure = Code(rawValue: "tls-failure")
        /// The server has no version of TLS that is accepted here: 1.2 and newer.
        public static let tlsProtocolVersion = Code(rawValue: "tls-protocol-version")
        /// The connection was reset or closed during the TLS handshake.
        public static let tlsHandshakeReset = Code(rawValue: "tls-handshake-reset")
        /// The deadline passed during the TLS handshake.
        public static let tlsHandshakeTimeout = Code(rawValue: "tls-handshake-timeout")
        /// The connection ended without TLS's own end (`close_notify`): the answer may have been cut short.
        public static let tlsClosedWithoutNotify = Code(rawValue: "tls-closed-without-notify")
        public static let certificateExpired = Code(rawValue: "certificate-expired")
        public static let certificateHostMismatch = Code(rawValue: "certificate-host-mismatch")
        public static let certificateUntrusted = Code(rawValue: "certificate-untrusted")
        public static let clientCertificate = Code(rawValue: "client-certificate")
        public static let connectionReset = Code(rawValue: "connection-reset")
        /// The connection closed without a byte of an answer.
        public static let emptyReply = Code(rawValue: "empty-reply")
        /// The connection closed before the announced end of the body.
        public static let truncatedBody = Code(rawValue: "truncated-body")
        public static let malformedResponse = Code(rawValue: "malformed-response")
        public static let bodyTooLarge = Code(rawValue: "body-too-large")
        public static let headersTooLarge = Code(rawValue: "headers-too-large")
        public static let tooManyRedirects = Code(rawValue: "too-many-redirects")
        public static let proxyFailure = Code(rawValue: "proxy-failure")
        public static let invalidURL = Code(rawValue: "invalid-url")
        public static let invalidRequest = Code(rawValue: "invalid-request")
        /// The calling task was cancelled.
        public static let cancelled = Code(rawValue: "cancelled")
        /// This process ran out of ports, descriptors or memory.
        public static let localResources = Code(rawValue: "local-resources")
        public static let other = Code(rawValue: "other")

        /// The server's certificate was refused.
        public var isCertificate: Bool {
            [.certificateExpired, .certificateHostMismatch, .certificateUntrusted].contains(self)
        }

        /// No connection came to be: nobody there, or nobody listening.
        public var isUnreachable: Bool {
            [.couldNotResolve, .resolveTimeout, .connectionRefused, .unreachable, .connectTimeout].contains(self)
        }

        public var isTimeout: Bool {
            [.resolveTimeout, .connectTimeout, .tlsHandshakeTimeout, .timeout].contains(self)
        }
    }

    public var code: Code
    /// What libcurl (or our own limit) said.
    public var message: String
    public var method: String
    /// Without credentials.
    public var url: String
    public var elapsed: Duration

    public init(
        code: Code, message: String, method: String = "GET", url: String, elapsed: Duration = .zero
    ) {
        self.code = code
        self.message = message
        self.method = method
        self.url = url
        self.elapsed = elapsed
    }

    /// `GET http://127.0.0.1:1/: connection refused after 1.2 ms (Failed to connect …)`
    public var description: String {
        let words = code.rawValue.replacing("-", with: " ")
        return "\(method) \(url): \(words) after \(elapsed.readable)\(message.isEmpty ? "" : " (\(message))")"
    }
}
