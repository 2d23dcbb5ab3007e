import Foundation

/// One request as a service of the sandbox sees it: the whole body is in memory, as in the original.
struct ServiceRequest: Sendable {
    var method: String
    /// The path exactly as sent, still percent-encoded.
    var rawPath: String
    /// The query without `?`, still percent-encoded; nil when the target had none.
    var rawQuery: String?
    var headers: ServiceHeaders
    var body: [UInt8]
    /// The address of the connection's other end, without port.
    var peerAddress: String

    init(
        _ method: String, _ target: String, headers: ServiceHeaders = .init(), body: [UInt8] = [],
        peerAddress: String = "127.0.0.1"
    ) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        rawPath = parts.first.map(String.init) ?? "/"
        rawQuery = parts.count > 1 ? String(parts[1]) : nil
        self.headers = headers
        self.body = body
        self.peerAddress = peerAddress
    }

    /// The path that routes are matched against.
    var path: String { rawPath.removingPercentEncoding ?? rawPath }

    /// Decoded query items in order; an item without `=` has an empty value.
    var queryItems: [(name: String, value: String)] { QueryText.items(rawQuery ?? "") }

    /// The last value of a query item, as the original framework picks it.
    func query(_ name: String) -> String? { queryItems.last { $0.name == name }?.value }

    /// `http://HOST` as the client addressed the service, for absolute redirects.
    var origin: String { "http://" + (headers["host"] ?? "localhost") }

    /// First hop of X-Forwarded-For, else the peer (contract §4.3).
    var clientAddress: String {
        guard let forwarded = headers["x-forwarded-for"],
            let first = forwarded.split(separator: ",").first
        else { return peerAddress }
        return first.trimmingCharacters(in: .whitespaces)
    }
}
