import Formats
import HTTPClient

/// A request to an AWS endpoint before it is signed. Path and query are kept decoded: what is sent and what is signed are both
/// derived from them, so that they cannot differ.
public struct UnsignedRequest: Sendable {
    /// One query parameter; a `nil` value is a flag (`?acl`).
    public struct QueryItem: Sendable, Equatable {
        public var name: String
        public var value: String?

        public init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    public var method: String
    /// `http` or `https`.
    var scheme: String
    /// Host and, when it is not the scheme's own, the port.
    public var authority: String
    /// Decoded path beginning with `/`.
    var path: String
    public var query: [QueryItem]
    public var headers: [HTTPHeader]
    public var body: [UInt8]

    public init(
        method: String = "POST", scheme: String = "https", authority: String, path: String = "/",
        query: [QueryItem] = [], headers: [HTTPHeader] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.scheme = scheme
        self.authority = authority
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    var encodedPath: String { PercentEncoding.encode(path, keepingSlash: true) }

    /// The URL as it goes on the wire, parameters in the order given.
    public var url: String {
        let parameters = query.map { item in
            let name = PercentEncoding.encode(item.name)
            return item.value.map { name + "=" + PercentEncoding.encode($0) } ?? name
        }
        return scheme + "://" + authority + encodedPath
            + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    }
}
