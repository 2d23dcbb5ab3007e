import Formats
import Foundation
import Glibc
import Sockets
import Synchronization

/// An HTTP server that gives every request one answer, in the place of a service that is to fail in a way that only HTTP has
/// a word for. A fault leads the target's connections to it.
public final class StandIn: Sendable {
    /// Where it listens, as the fault proxies reach it.
    public let address: NetworkAddress
    /// How many requests it has answered.
    public var count: Int { state.withLock { $0.count } }

    private struct State {
        var count = 0
        var hasEnded = false
    }

    private static let largestRequest = 1 << 20
    private let state = Mutex(State())
    private let answer: [UInt8]

    /// Listens on this machine's address on the way to the fault proxies.
    ///
    /// - Parameters:
    ///   - api: base URL of the fault proxies' HTTP API.
    ///   - headers: in addition to `Content-Type: application/json`.
    /// - Throws: ``FaultError`` `injectorFailed`.
    public init(
        reachableFrom api: String, status: Int, headers: [(name: String, value: String)] = [], body: String
    ) async throws(FaultError) {
        let fields = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        answer = Array(
            """
            HTTP/1.1 \(status) Stand-In\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            Connection: close\r
            \(fields)\r
            \(body)
            """.utf8)
        func failure(_ detail: String) -> FaultError {
            FaultError(.injectorFailed, fault: "a server that answers \(status)", detail: detail)
        }
        let host = NetworkAddress(api)?.host ?? api
        let ways: [IPAddress]
        do {
            ways = try await NameResolver.addresses(of: host, within: .seconds(5))
        } catch {
            throw failure(error.description)
        }
        guard let own = ways.lazy.compactMap({ SourceAddress.toward($0) }).first else {
            throw failure("there is no way from here to \(host)")
        }
        guard let (listener, port) = SocketAddress(own, port: 0).listener() else {
            throw failure("\(own) cannot be listened on: \(String(cString: strerror(errno)))")
        }
        address = NetworkAddress(host: own.text, port: port)
        let thread = Thread { [weak self] in
            while let self, self.serve(listener) {}
            Glibc.close(listener)
        }
        thread.name = "stand-in"
        thread.start()
    }

    deinit { end() }

    /// Stops listening, within a moment.
    public func end() { state.withLock { $0.hasEnded = true } }

    /// Answers the next request, or waits a moment for one.
    ///
    /// - Returns: whether to go on.
    private func serve(_ listener: Int32) -> Bool {
        if state.withLock({ $0.hasEnded }) { return false }
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 100) > 0 else { return true }
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return true }
        defer { Glibc.close(connection) }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        // Whoever says nothing must not keep the others waiting for long.
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard hasRequest(connection) else { return true }
        state.withLock { $0.count += 1 }
        _ = answer.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        shutdown(connection, Int32(SHUT_WR))
        return true
    }

    /// Reads one request to its end: closing with bytes unread would reset the connection before the answer is read.
    private func hasRequest(_ connection: Int32) -> Bool {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while received.count < Self.largestRequest {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            received += buffer[..<count]
            let text = String(decoding: received, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let length =
                text[..<end.lowerBound].split(separator: "\r\n").lazy
                .filter { $0.lowercased().hasPrefix("content-length:") }
                .compactMap { Int($0.drop { $0 != ":" }.dropFirst().filter { $0 != " " }) }.first ?? 0
            if text[end.upperBound...].utf8.count >= length { return true }
        }
        return false
    }
}
