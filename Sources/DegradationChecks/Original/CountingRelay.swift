import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Stands before one address on the loopback of this machine, hands everything on, and counts the connections that arrive.
///
/// Counters of the service itself also grow when it is looked at; a connection arrives only when somebody opens one. Each
/// connection has threads of its own. It ends with ``stop()``, and with the process.
final class CountingRelay: Sendable {
    /// `127.0.0.1:port`.
    let address: String
    private let upstream: (host: String, port: String)
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var arrived = 0
        var open: Set<Int32> = []
        var isStopped = false
    }

    /// - Parameter upstream: `host:port`.
    /// - Throws: a `POSIXError` where nothing can listen.
    init(to upstream: String) throws {
        let colon = upstream.lastIndex(of: ":") ?? upstream.endIndex
        let host = upstream[..<colon].filter { $0 != "[" && $0 != "]" }
        self.upstream = (host, String(upstream[colon...].dropFirst()))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let status = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0
                    ? getsockname(listener, $0, &length) : -1
            }
        }
        address = "127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        guard listener >= 0, status == 0 else {
            let code = errno
            if listener >= 0 { close(listener) }
            throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
        }
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 && errno == EINTR { continue }
                guard client >= 0 else { break }
                take(client)
            }
            close(listener)
        }
    }

    /// Connections so far.
    var arrived: Int { state.withLock { $0.arrived } }

    /// Ends every connection, and takes no more.
    func stop() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listener, Int32(SHUT_RDWR))
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func take(_ client: Int32) {
        let isTaken = state.withLock { state in
            state.arrived += 1
            if !state.isStopped { state.open.insert(client) }
            return !state.isStopped
        }
        guard isTaken else {
            close(client)
            return
        }
        Thread.detachNewThread { [self] in
            if let server = connectUpstream() {
                let isDone = DispatchSemaphore(value: 0)
                Thread.detachNewThread {
                    Self.pump(from: server, to: client)
                    // Wakes the other direction.
                    shutdown(client, Int32(SHUT_RDWR))
                    isDone.signal()
                }
                Self.pump(from: client, to: server)
                shutdown(server, Int32(SHUT_RDWR))
                // Both directions have ended before a descriptor is given back.
                isDone.wait()
                release(server)
            }
            release(client)
        }
    }

    private func release(_ descriptor: Int32) {
        state.withLock { state in
            state.open.remove(descriptor)
            close(descriptor)
        }
    }

    /// Nil where nobody answers: then the client's connection is closed, as a dead server's would be.
    private func connectUpstream() -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(upstream.host, upstream.port, &hints, &found) == 0 else { return nil }
        defer { freeaddrinfo(found) }
        var next = found
        while let place = next?.pointee {
            let descriptor = socket(
                place.ai_family, place.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), place.ai_protocol)
            if descriptor >= 0, connect(descriptor, place.ai_addr, place.ai_addrlen) == 0 {
                let isTaken = state.withLock { state in
                    if !state.isStopped { state.open.insert(descriptor) }
                    return !state.isStopped
                }
                if isTaken { return descriptor }
            }
            if descriptor >= 0 { close(descriptor) }
            next = place.ai_next
        }
        return nil
    }

    private static func pump(from source: Int32, to target: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            var sent = 0
            while sent < count {
                let part = buffer[sent..<count].withUnsafeBytes {
                    send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard part > 0 else { return }
                sent += part
            }
        }
    }
}
