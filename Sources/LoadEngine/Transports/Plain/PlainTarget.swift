import Formats
import HTTPClient

/// Where a request goes, when nothing stands in the way of speaking plain HTTP/1.1 to it, over TCP or TLS.
struct PlainTarget: Hashable {
    /// Why a request is left to libcurl, as a clause without its subject.
    struct Refusal: Error, Hashable {
        var reason: String
    }

    /// One server, whose connections may carry each other's requests.
    struct Server: Hashable {
        /// Name or address to connect to.
        var host: String
        var port: Int
        /// The name that TLS asks for and that the certificate must have; nil without TLS.
        var secureName: String?
    }

    var server: Server
    /// The value of the `Host` field.
    var authority: String
    /// Path and query as they stand, `{n}` included.
    var target: String

    /// Fields that change how a message is framed, or what a connection means: libcurl knows their rules.
    private static let delicateFields = [
        "connection", "content-length", "expect", "http2-settings", "keep-alive", "proxy-connection", "te",
        "transfer-encoding", "upgrade",
    ]

    /// Throws for whatever is not plain: a proxy, HTTP/2, a client's certificate, credentials or odd letters in the URL, a
    /// host that varies, delicate fields.
    init(_ request: LoadRequest, _ client: HTTPClientConfiguration) throws(Refusal) {
        try Self.checkFields(request)
        guard request.url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let scheme = request.url.firstRange(of: "://"), let parsed = try? ParsedURL(request.url),
            request.url[..<scheme.lowerBound].lowercased() == parsed.scheme
        else { throw Refusal(reason: "has an unusual URL") }
        let isSecure = parsed.scheme == "https"
        try Self.check(client, isSecure: isSecure)
        let rest = request.url[scheme.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard rest[..<end].allSatisfy({ $0.isLetter || $0.isNumber || ".-_:[]".contains($0) }) else {
            throw Refusal(reason: "has an unusual host")
        }
        let target = rest[end...].prefix { $0 != "#" }
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
        server = Server(
            host: client.resolve[parsed.host] ?? parsed.host, port: parsed.port,
            secureName: isSecure ? parsed.host : nil)
        let name = NetworkAddress(host: parsed.host).hostInURL
        authority = parsed.port == (isSecure ? 443 : 80) ? name : "\(name):\(parsed.port)"
    }

    private static func checkFields(_ request: LoadRequest) throws(Refusal) {
        guard request.method != "CONNECT" else { throw Refusal(reason: "has the method CONNECT") }
        for header in request.headers {
            let name = header.name.lowercased()
            guard !delicateFields.contains(name), name != "host" || !header.value.isEmpty else {
                throw Refusal(reason: "sets the header \(header.name)")
            }
        }
    }

    private static func check(_ client: HTTPClientConfiguration, isSecure: Bool) throws(Refusal) {
        if client.proxy != nil { throw Refusal(reason: "goes through a proxy") }
        // Without TLS, HTTP/2 is not negotiated.
        if client.version == .http2PriorKnowledge || client.version == .http2 && isSecure {
            throw Refusal(reason: "asks for HTTP/2")
        }
        if isSecure && (client.tls.clientCertificateFile ?? client.tls.clientKeyFile) != nil {
            throw Refusal(reason: "shows a certificate of the client")
        }
    }
}

extension LoadPlan {
    /// How the bytes of this plan are moved, and why: the plain way when all of its requests are for it.
    var transportChoice: (transport: LoadTransport, reason: String) {
        for request in requests {
            do throws(PlainTarget.Refusal) {
                _ = try PlainTarget(request, client)
            } catch {
                return (.libcurl, "\(request.name) \(error.reason)")
            }
        }
        return (.plain, "every request is plain HTTP/1.1")
    }

    var transport: LoadTransport { transportChoice.transport }
}
