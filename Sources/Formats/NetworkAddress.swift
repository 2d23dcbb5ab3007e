/// Host and port of an address, wherever one stands: in a URL, in `host:port`, in `user@host:port/name`, or alone.
///
/// An IPv6 address stands in brackets where a port may follow (RFC 3986 §3.2.2). Alone it may go without, and has no port.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// In lower case, without brackets, a numeric address in its shortest form.
    public let host: String
    public var port: Int?

    /// A host and a port that were given apart; the host may be a name, an address of either family, with brackets or
    /// without, or the directory of a Unix socket.
    public init(host: String, port: Int? = nil) {
        self.host = IPAddress(host)?.text ?? host.lowercased()
        self.port = port
    }

    /// Nil where there is no host, where the port is no number up to 65535, or where an IPv6 address is none.
    public init?(_ text: String) {
        var rest = text[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        rest = rest.prefix { !"/?# ".contains($0) }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        let host: Substring
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]"), rest[..<end].contains(":") else { return nil }
            host = rest[...end]
        } else if rest.count(where: { $0 == ":" }) > 1 {
            host = rest
        } else {
            host = rest.prefix { $0 != ":" }
        }
        if host.contains(":"), IPAddress(String(host)) == nil { return nil }
        let end = rest[host.endIndex...]
        guard !host.isEmpty, end.isEmpty || end.hasPrefix(":") else { return nil }
        self.init(host: String(host))
        guard end.count > 1 else { return }
        guard let port = Int(end.dropFirst()), (0...65535).contains(port) else { return nil }
        self.port = port
    }

    /// The port that a URL means when it names none.
    public static func usualPort(of url: String) -> Int { url.lowercased().hasPrefix("https:") ? 443 : 80 }

    /// The address, where the host is no name.
    public var numeric: IPAddress? { IPAddress(host) }

    /// The host as it stands in a URL: an IPv6 address in brackets, its zone after `%25`.
    public var hostInURL: String {
        guard let numeric, numeric.isIPv6 else { return host }
        return "[\(numeric.text.replacing("%", with: "%25"))]"
    }

    /// `host:port`, or the host alone; an IPv6 address in brackets.
    public var description: String {
        let shown = numeric?.isIPv6 == true ? "[\(host)]" : host
        return port.map { "\(shown):\($0)" } ?? shown
    }
}
