import Formats
import Glibc

/// A TCP connection, with TLS on top when asked, that never blocks a thread of the concurrency pool.
///
/// One reader or writer at a time.
public actor TCPStream {
    /// The address that answered.
    public nonisolated let address: IPAddress
    nonisolated let port: Int
    /// From the first packet to the established connection.
    public nonisolated let connectDuration: Duration

    let descriptor: Int32
    private var session: TLSSession?
    private var isClosed = false

    private init(descriptor: Int32, address: IPAddress, port: Int, connectDuration: Duration) {
        self.descriptor = descriptor
        self.address = address
        self.port = port
        self.connectDuration = connectDuration
    }

    deinit {
        if !isClosed { Glibc.close(descriptor) }
    }

    /// Connects to the first address of the name that accepts; every address left gets an equal share of the time left.
    public static func connect(
        host: String, port: Int, deadline: Duration
    ) async throws(StreamError) -> TCPStream {
        let end = ContinuousClock.now.advanced(by: deadline)
        let addresses: [IPAddress]
        do throws(NameResolutionError) {
            addresses = try await NameResolver.addresses(of: host, within: deadline)
        } catch {
            let kind: StreamError.Kind =
                error.kind == .timeout ? .timeout : error.kind == .cancelled ? .cancelled : .nameNotResolved
            throw StreamError(kind: kind, message: error.description)
        }
        var failures: [StreamError] = []
        for (index, address) in addresses.enumerated() {
            let now = ContinuousClock.now
            let share = now.duration(to: end) / (addresses.count - index)
            do throws(StreamError) {
                return try await connect(address: address, port: port, deadline: share)
            } catch {
                if error.kind == .cancelled { throw error }
                failures.append(error)
            }
        }
        guard let first = failures.first else {
            throw StreamError(kind: .nameNotResolved, message: "\(host) has no address")
        }
        throw StreamError(kind: first.kind, message: failures.map(\.message).joined(separator: "; "))
    }

    /// Connects to one address.
    public static func connect(
        address: IPAddress, port: Int, deadline: Duration
    ) async throws(StreamError) -> TCPStream {
        let place = "connect to \(NetworkAddress(host: address.text, port: port))"
        let start = ContinuousClock.now
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let target = SocketAddress(address, port: port)
        let descriptor = socket(target.family, kind, 0)
        guard descriptor >= 0 else { throw StreamError(errno: errno, doing: place) }
        var failure = target.connect(descriptor).map { StreamError(errno: $0, doing: place) }
        if failure == nil {
            failure = await finish(descriptor, until: start.advanced(by: deadline), deadline, place)
        }
        if let failure {
            Glibc.close(descriptor)
            throw failure
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return TCPStream(
            descriptor: descriptor, address: address, port: port, connectDuration: start.duration(to: .now))
    }

    private static func finish(
        _ descriptor: Int32, until end: ContinuousClock.Instant, _ limit: Duration, _ place: String
    ) async -> StreamError? {
        switch await SocketReadiness.shared.wait(for: .writing, on: descriptor, until: end) {
        case .timedOut: return StreamError(kind: .timeout, message: "\(place): no answer within \(limit)")
        case .cancelled: return StreamError(kind: .cancelled, message: "\(place): cancelled")
        case .ready: break
        }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        return code == 0 ? nil : StreamError(errno: code, doing: place)
    }

    private var place: NetworkAddress { NetworkAddress(host: address.text, port: port) }

    /// Ends the connection. Harmless when it has ended already.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        session = nil
        Glibc.close(descriptor)
    }
}

extension TCPStream {
    /// Negotiates TLS and returns what the server showed. Fails with `certificate` when verification is asked for and the
    /// chain, the dates or the name are wrong.
    @discardableResult
    public func startTLS(_ configuration: TLSConfiguration, deadline: Duration) async throws(StreamError) -> TLSPeer {
        let end = ContinuousClock.now.advanced(by: deadline)
        let session = try TLSSession(configuration)
        while true {
            let step = session.handshake()
            try await sendRaw(session.outgoing(), until: end)
            switch step {
            case .done:
                let peer = session.peer()
                if configuration.verifies, let problem = peer.problem {
                    throw StreamError(kind: .certificate, message: problem)
                }
                self.session = session
                return peer
            case .needsInput:
                let bytes = try await receiveRaw(upTo: 16_384, until: end)
                if bytes.isEmpty { throw StreamError(kind: .closed, message: "closed during the TLS handshake") }
                session.feed(bytes)
            case .failed(let reason): throw StreamError(kind: .tls, message: reason)
            }
        }
    }

    /// Sends all the bytes.
    public func write(_ bytes: [UInt8], deadline: Duration) async throws(StreamError) {
        let end = ContinuousClock.now.advanced(by: deadline)
        guard let session else { return try await sendRaw(bytes, until: end) }
        guard session.write(bytes) else { throw StreamError(kind: .tls, message: "TLS refused to send") }
        try await sendRaw(session.outgoing(), until: end)
    }

    /// Receives what is there, at least one byte; an empty answer means that the peer closed the connection.
    public func read(upTo count: Int, deadline: Duration) async throws(StreamError) -> [UInt8] {
        let end = ContinuousClock.now.advanced(by: deadline)
        guard let session else { return try await receiveRaw(upTo: count, until: end) }
        while true {
            switch session.read(upTo: count) {
            case .bytes(let bytes): return bytes
            case .ended: return []
            case .failed(let reason): throw StreamError(kind: .tls, message: reason)
            case .needsInput:
                let bytes = try await receiveRaw(upTo: 16_384, until: end)
                if bytes.isEmpty { return [] }
                session.feed(bytes)
            }
        }
    }

    private func sendRaw(_ bytes: [UInt8], until end: ContinuousClock.Instant) async throws(StreamError) {
        var offset = 0
        while offset < bytes.count {
            guard !isClosed else { throw StreamError(kind: .closed, message: "the connection is closed") }
            let sent = bytes[offset...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                offset += sent
            } else if errno == EAGAIN {
                try await wait(.writing, until: end)
            } else if errno != EINTR {
                throw StreamError(errno: errno, doing: "send to \(place)")
            }
        }
    }

    private func receiveRaw(upTo count: Int, until end: ContinuousClock.Instant) async throws(StreamError) -> [UInt8] {
        while true {
            guard !isClosed else { throw StreamError(kind: .closed, message: "the connection is closed") }
            var received = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                received = recv(descriptor, buffer.baseAddress, count, 0)
                initialized = max(received, 0)
            }
            if received >= 0 { return bytes }
            if errno == EAGAIN {
                try await wait(.reading, until: end)
            } else if errno != EINTR {
                throw StreamError(errno: errno, doing: "receive from \(place)")
            }
        }
    }

    private func wait(
        _ interest: SocketReadiness.Interest, until end: ContinuousClock.Instant
    ) async throws(StreamError) {
        switch await SocketReadiness.shared.wait(for: interest, on: descriptor, until: end) {
        case .ready: return
        case .timedOut: throw StreamError(kind: .timeout, message: "no answer from \(place) in time")
        case .cancelled: throw StreamError(kind: .cancelled, message: "cancelled")
        }
    }
}
