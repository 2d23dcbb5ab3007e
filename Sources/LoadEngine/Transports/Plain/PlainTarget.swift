import HTTPClient

/// Where a request goes, when nothing stands in the way of speaking plain HTTP/1.1 to it.
struct PlainTarget: Hashable {
    /// Name or address to connect to.
    var host: String
    var port: Int
    /// The value of the `Host` field.
    var authority: String
    /// Path and query as they stand, `{n}` included.
    var target: String

    /// Fields that change how a message is framed, or what a connection means: libcurl knows their rules.
    private static let delicateFields = [
        "connection", "content-length", "expect", "http2-settings", "keep-alive", "proxy-connection", "te",
        "transfer-encoding", "upgrade",
    ]

    /// Nil for whatever is not plain: another scheme, a proxy, HTTP/2, credentials or odd letters in the URL, a host
    /// that varies, delicate fields.
    init?(_ request: LoadRequest, _ client: HTTPClientConfiguration) {
        guard client.proxy == nil, client.version != .http2PriorKnowledge, request.method != "CONNECT",
            !request.headers.contains(where: { Self.delicateFields.contains($0.name.lowercased()) }),
            !request.headers.contains(where: { $0.name.lowercased() == "host" && $0.value.isEmpty }),
            request.url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let scheme = request.url.firstRange(of: "://"),
            request.url[..<scheme.lowerBound].lowercased() == "http",
            let parsed = try? ParsedURL(request.url), parsed.scheme == "http"
        else { return nil }
        let rest = request.url[scheme.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard rest[..<end].allSatisfy({ $0.isLetter || $0.isNumber || ".-_:[]".contains($0) }) else { return nil }
        let target = rest[end...].prefix { $0 != "#" }
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
        host = client.resolve[parsed.host] ?? parsed.host
        port = parsed.port
        let name = parsed.host.contains(":") ? "[\(parsed.host)]" : parsed.host
        authority = parsed.port == 80 ? name : "\(name):\(parsed.port)"
    }
}

extension LoadPlan {
    /// How the bytes of this plan are moved: the plain way when all of its requests are for it.
    var transport: LoadTransport {
        requests.allSatisfy { PlainTarget($0, client) != nil } ? .plain : .libcurl
    }
}
