import Formats

/// One request and the limits within which it must be answered.
public struct HTTPRequest: Sendable {
    public var method: String
    /// Absolute, `http` or `https`. The path is sent as it stands, dot segments included.
    public var url: String
    public var headers: [HTTPHeader]
    /// Nil sends no body; an empty array sends one of length zero.
    public var body: [UInt8]?
    /// From the call of `send` to the last byte of the answer, redirects included.
    public var deadline: Duration
    /// For name, connection and TLS together; nil leaves it to `deadline`.
    public var connectDeadline: Duration?
    /// Of the answer's body, after decoding. By default as much as is kept as evidence.
    public var maximumBodyBytes: Int
    /// What happens to an answer that is larger than `maximumBodyBytes`.
    public var bodyOverflow: BodyOverflow
    /// Off by default: a tester wants to see the redirect. Followed ones never carry credentials to another origin.
    public var followsRedirects: Bool
    public var maximumRedirects: Int
    /// Connects to this address instead of the URL's host; `Host` and the TLS name stay those of the URL.
    public var connectTo: HTTPEndpoint?
    /// Asks for compressed content and decodes it.
    public var acceptsCompressed: Bool
    /// Keeps the server's certificate chain in the response. Opens a connection of its own.
    public var collectsCertificates: Bool
    /// False closes the connection after the answer and does not use an open one.
    public var reusesConnection: Bool

    public enum BodyOverflow: Sendable {
        case fail
        /// Stop reading there and mark the response as truncated.
        case truncate
    }

    public init(
        method: String = "GET",
        url: String,
        headers: [HTTPHeader] = [],
        body: [UInt8]? = nil,
        deadline: Duration = .seconds(10),
        connectDeadline: Duration? = nil,
        maximumBodyBytes: Int = 2 << 20,
        bodyOverflow: BodyOverflow = .fail,
        followsRedirects: Bool = false,
        maximumRedirects: Int = 10,
        connectTo: HTTPEndpoint? = nil,
        acceptsCompressed: Bool = false,
        collectsCertificates: Bool = false,
        reusesConnection: Bool = true
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.connectDeadline = connectDeadline
        self.maximumBodyBytes = maximumBodyBytes
        self.bodyOverflow = bodyOverflow
        self.followsRedirects = followsRedirects
        self.maximumRedirects = maximumRedirects
        self.connectTo = connectTo
        self.acceptsCompressed = acceptsCompressed
        self.collectsCertificates = collectsCertificates
        self.reusesConnection = reusesConnection
    }
}

/// A host (name or address) and a port.
public struct HTTPEndpoint: Hashable, Sendable, Codable {
    public var host: String
    /// Nil keeps the URL's port.
    public var port: Int?

    public init(host: String, port: Int? = nil) {
        self.host = host
        self.port = port
    }

    /// As libcurl wants it: IPv6 addresses in brackets, an empty port for "the same".
    package var connectText: String {
        "\(NetworkAddress(host: host).hostInURL):\(port.map(String.init) ?? "")"
    }
}
