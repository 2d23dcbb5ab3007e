import Formats

extension LoadReport {
    /// Who moved the bytes, and why, in one line; nil in reports that do not say.
    public var transportText: String? {
        guard let transport else { return nil }
        let way = transport == .plain ? "the engine's own sockets" : "libcurl"
        return "sent by \(way)" + (transportReason.map { ": \($0)" } ?? "")
    }

    /// How many connections were opened, and what their TLS handshakes took, in one line.
    public var connectionsText: String {
        let handshakes = [("full", overall.tls), ("resumed", overall.tlsResumed ?? LatencyHistogram())]
            .filter { !$0.1.isEmpty }
            .map { kind, times in
                "\(times.count) \(kind) (p50 \(times.percentile(50).readable), p99 \(times.percentile(99).readable))"
            }
        let opened = "\(generator.connectionsOpened) connection\(generator.connectionsOpened == 1 ? "" : "s") opened"
        return handshakes.isEmpty ? opened : opened + "; TLS handshakes: " + handshakes.joined(separator: ", ")
    }
}
