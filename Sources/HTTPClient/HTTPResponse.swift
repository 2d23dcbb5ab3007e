import Formats
import Foundation

/// A complete answer.
public struct HTTPResponse: Hashable, Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// The body went on beyond the request's limit, and the request asked to stop there.
    public var bodyIsTruncated: Bool
    public var timing: HTTPTiming
    /// `1.1`, `2`, …
    public var version: String
    /// The address that answered, without port.
    public var remoteAddress: String?
    public var remotePort: Int?
    /// The URL that answered, which differs from the request's after redirects; without credentials.
    public var url: String
    /// Where the earlier answers sent us from, in order, without credentials.
    public var redirects: [String]
    /// The answer came over a connection that an earlier request had opened.
    public var reusedConnection: Bool
    /// The server's chain, leaf first; empty unless the request asked for it.
    public var certificates: [Certificate]

    public init(
        status: Int, headers: HTTPHeaders = [], body: [UInt8] = [], bodyIsTruncated: Bool = false,
        timing: HTTPTiming = HTTPTiming(), version: String = "1.1", remoteAddress: String? = nil,
        remotePort: Int? = nil,
        url: String = "", redirects: [String] = [], reusedConnection: Bool = false, certificates: [Certificate] = []
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.bodyIsTruncated = bodyIsTruncated
        self.timing = timing
        self.version = version
        self.remoteAddress = remoteAddress
        self.remotePort = remotePort
        self.url = url
        self.redirects = redirects
        self.reusedConnection = reusedConnection
        self.certificates = certificates
    }

    /// The body as UTF-8; what is not UTF-8 becomes replacement characters.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as it reads: JSON is written anew in the one way, so that words are found whatever spaces and escapes it was
    /// sent with; anything else is the text itself.
    public var readableText: String {
        guard let first = body.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "["), let json = try? json(JSONValue.self),
            let text = try? JSON.text(json)
        else { return text }
        return text
    }

    /// The Content-Type in lower case, with its parameters; empty when there is none.
    public var mediaType: String { headers["content-type"]?.lowercased() ?? "" }

    /// The body as JSON.
    ///
    /// - Parameter largestCount: the most values it may have; each takes about a hundred bytes.
    /// - Throws: `DecodingError`.
    public func json<Value: Decodable>(
        _ type: Value.Type = Value.self, largestCount: Int = 50_000
    ) throws -> Value {
        try JSON.decode(type, from: Data(body), largestCount: largestCount)
    }
}

/// How long each phase of the last hop took. Phases that did not happen (an open connection, no TLS) are zero.
public struct HTTPTiming: Hashable, Sendable, Codable {
    /// Name resolution.
    @Seconds public var dns: Duration
    /// TCP handshake.
    @Seconds public var connect: Duration
    /// TLS handshake.
    @Seconds public var tls: Duration
    /// From the request being sent to the first byte of the answer: the server's own time plus one round trip.
    @Seconds public var firstByte: Duration
    /// Everything, redirects included.
    @Seconds public var total: Duration

    public init(
        dns: Duration = .zero, connect: Duration = .zero, tls: Duration = .zero, firstByte: Duration = .zero,
        total: Duration = .zero
    ) {
        self.dns = dns
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.total = total
    }
}
