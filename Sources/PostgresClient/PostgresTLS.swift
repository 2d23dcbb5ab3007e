import Sockets

/// The TLS side of a PostgreSQL server, seen without a user or a password.
public enum PostgresTLS {
    /// The code that asks for TLS (PostgreSQL manual, "Message Formats": SSLRequest), after its own length of 8 bytes.
    private static let request: [UInt8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]

    /// Asks the server for TLS, negotiates it and hangs up.
    ///
    /// - Returns: what the server showed; nil when it speaks no TLS.
    /// - Throws: ``StreamError``, also for an answer that no PostgreSQL server gives.
    public static func peer(
        host: String, port: Int, _ tls: TLSConfiguration, deadline: Duration
    ) async throws(StreamError) -> TLSPeer? {
        let end = ContinuousClock.now.advanced(by: deadline)
        let stream = try await TCPStream.connect(host: host, port: port, deadline: deadline)
        try await stream.write(request, deadline: ContinuousClock.now.duration(to: end))
        // One byte and no more: what follows it belongs to TLS.
        let answer = try await stream.read(upTo: 1, deadline: ContinuousClock.now.duration(to: end))
        guard answer == [UInt8(ascii: "S")] else {
            await stream.close()
            if answer == [UInt8(ascii: "N")] { return nil }
            throw StreamError(kind: .other, message: "\(host):\(port) does not answer like a PostgreSQL server")
        }
        let peer = try await stream.startTLS(tls, deadline: ContinuousClock.now.duration(to: end))
        await stream.close()
        return peer
    }
}
