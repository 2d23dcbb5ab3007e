/// What all requests of one client share.
public struct HTTPClientConfiguration: Sendable {
    public var version: Version
    public var tls: TLS
    /// Nil means no proxy: `HTTP_PROXY` and its relatives are ignored, since a verdict must not hang on a variable.
    public var proxy: String?
    /// Connects to the address given here instead of resolving the name, by lower-case host name.
    public var resolve: [String: String]
    public var userAgent: String
    /// Of all header fields of one answer together.
    public var maximumHeaderBytes: Int
    public var maximumHeaderCount: Int

    public enum Version: Sendable {
        case http1
        /// HTTP/2 where TLS negotiates it, else HTTP/1.1.
        case http2
        /// HTTP/2 without TLS or negotiation.
        case http2PriorKnowledge
    }

    public struct TLS: Sendable {
        /// False accepts any certificate: for looking at a broken one, never for a verdict.
        public var verifies: Bool
        /// PEM file of the accepted authorities; nil uses the system's.
        public var authorityFile: String?
        /// PEM files for mutual TLS.
        public var clientCertificateFile: String?
        public var clientKeyFile: String?
        public var clientKeyPassphrase: String?

        public init(
            verifies: Bool = true, authorityFile: String? = nil, clientCertificateFile: String? = nil,
            clientKeyFile: String? = nil, clientKeyPassphrase: String? = nil
        ) {
            self.verifies = verifies
            self.authorityFile = authorityFile
            self.clientCertificateFile = clientCertificateFile
            self.clientKeyFile = clientKeyFile
            self.clientKeyPassphrase = clientKeyPassphrase
        }
    }

    public init(
        version: Version = .http1, tls: TLS = TLS(), proxy: String? = nil, resolve: [String: String] = [:],
        userAgent: String = "plumbline/1", maximumHeaderBytes: Int = 256 << 10, maximumHeaderCount: Int = 1000
    ) {
        self.version = version
        self.tls = tls
        self.proxy = proxy
        self.resolve = resolve
        self.userAgent = userAgent
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumHeaderCount = maximumHeaderCount
    }
}
