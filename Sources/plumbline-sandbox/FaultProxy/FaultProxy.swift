import Formats
import NIOCore
import NIOPosix
import Synchronization

/// One listening address in front of one upstream: accepts, relays, and disturbs as its toxics say.
final class FaultProxy: Sendable {
    let name: String
    /// What is shared with the event loops of the connections.
    private let shared: Mutex<Shared>

    private struct Shared {
        var listen: String
        var upstream: String
        var toxics: [Toxic] = []
        var connections: [ObjectIdentifier: ProxiedConnection] = [:]
        /// Nil while the proxy is disabled: then nothing listens and the kernel refuses.
        var listener: (any Channel)?
    }

    /// What Toxiproxy's API tells about a proxy.
    struct Description: Sendable, Equatable {
        let name: String
        let listen: String
        let upstream: String
        let enabled: Bool
        let toxics: [Toxic]
    }

    init(name: String, listen: String, upstream: String) {
        self.name = name
        shared = Mutex(Shared(listen: listen, upstream: upstream))
    }

    var description: Description {
        shared.withLock {
            Description(
                name: name, listen: $0.listen, upstream: $0.upstream, enabled: $0.listener != nil, toxics: $0.toxics)
        }
    }

    var toxics: [Toxic] { shared.withLock { $0.toxics } }

    /// Starts to listen; without effect when it does already.
    func enable() async throws(FaultProxyError) {
        let (listen, upstreamText, isRunning) = shared.withLock { ($0.listen, $0.upstream, $0.listener != nil) }
        guard !isRunning else { return }
        let address = try Endpoint(listen)
        let upstream = try Endpoint(upstreamText)
        let channel: any Channel
        do {
            channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.backlog, value: 512)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { [self] client in
                    accept(client, upstream: upstream)
                    return client.eventLoop.makeSucceededVoidFuture()
                }
                .bind(host: address.host, port: address.port).get()
        } catch {
            throw .cannotListen(address: listen, reason: "\(error)")
        }
        let port = channel.localAddress?.port ?? address.port
        shared.withLock {
            $0.listener = channel
            $0.listen = NetworkAddress(host: address.host, port: port).description
        }
    }

    /// Stops listening and ends every connection.
    func disable() async {
        let (listener, connections) = shared.withLock { state in
            defer {
                state.listener = nil
                state.connections = [:]
            }
            return (state.listener, Array(state.connections.values))
        }
        // A channel that is closed already is as good as closed now.
        try? await listener?.close().get()
        for connection in connections { try? await connection.close().get() }
    }

    /// Moves the proxy; the caller has disabled it.
    func readdress(listen: String, upstream: String) {
        shared.withLock {
            $0.listen = listen
            $0.upstream = upstream
        }
    }

    /// Puts these toxics in force on new connections and on those that are open. Returns when they are.
    func setToxics(_ toxics: [Toxic]) async {
        let connections = shared.withLock { state in
            state.toxics = toxics
            return Array(state.connections.values)
        }
        // A connection that ended meanwhile has nothing to refresh.
        for connection in connections { try? await connection.refresh().get() }
    }

    private func accept(_ client: any Channel, upstream: Endpoint) {
        let connection = ProxiedConnection(client: client) { [self] in toxics }
        let identity = ObjectIdentifier(connection)
        // Registered before it reads the toxics, so that a toxic added in between is seen by one of the two.
        let isAccepted = shared.withLock { state in
            guard state.listener != nil else { return false }
            state.connections[identity] = connection
            return true
        }
        guard isAccepted else { return client.close(promise: nil) }
        client.closeFuture.whenComplete { [self] _ in
            shared.withLock { _ = $0.connections.removeValue(forKey: identity) }
        }
        connection.start(host: upstream.host, port: upstream.port)
    }
}

/// A `host:port` pair as Toxiproxy writes it.
struct Endpoint: Sendable, Equatable {
    let host: String
    /// 0…65535; 0 lets the kernel choose.
    let port: Int

    init(_ text: String) throws(FaultProxyError) {
        guard let address = NetworkAddress(text.hasPrefix(":") ? "127.0.0.1" + text : text), let port = address.port
        else {
            throw .badRequest("'\(text)' is not an address, expected host:port")
        }
        host = address.host
        self.port = port
    }
}
