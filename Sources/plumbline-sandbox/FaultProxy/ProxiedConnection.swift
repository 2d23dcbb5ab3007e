import Glibc
import NIOCore
import NIOPosix

/// One client's connection, the connection to the upstream that belongs to it, and the toxics between the two.
///
/// Everything happens on the client channel's event loop, which the upstream channel shares.
final class ProxiedConnection: @unchecked Sendable {
    // @unchecked: mutable state is touched on `eventLoop` only; the entry points from outside hop onto it.

    /// Bytes held between the two sides before the sender is no longer read; room for a slow link at full speed.
    private static let highWater = 16 * 1024 * 1024

    private enum Side { case client, server }

    let eventLoop: any EventLoop
    private let client: any Channel
    private var server: (any Channel)?
    private var chains: (upstream: ToxicChain, downstream: ToxicChain)?
    private var waiting = (upstream: 0, downstream: 0)
    private var ended = (upstream: false, downstream: false)
    private var isClosed = false
    private let toxics: @Sendable () -> [Toxic]

    /// - Parameter toxics: the proxy's toxics at the time of the call.
    init(client: any Channel, toxics: @escaping @Sendable () -> [Toxic]) {
        self.client = client
        self.toxics = toxics
        eventLoop = client.eventLoop
    }

    /// Waits for the client's channel to be ready, which takes it through two event loops, then connects to the upstream
    /// and relays. A failure resets the client, which is as near as an accepted connection gets to a refusal.
    func start(host: String, port: Int) {
        do {
            try client.pipeline.syncOperations.addHandler(
                handler(for: .client) { [weak self] in self?.connect(host: host, port: port) })
        } catch {
            closeNow(reset: true)
        }
    }

    private func connect(host: String, port: Int) {
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(10))
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: port)
            .whenComplete { [self] result in
                switch result {
                case .success(let channel): connected(channel)
                case .failure: closeNow(reset: true)
                }
            }
    }

    /// Brings the stages up to date with the proxy's toxics.
    func refresh() -> EventLoopFuture<Void> {
        eventLoop.submit { [self] in applyToxics() }
    }

    /// Ends both sides.
    func close() -> EventLoopFuture<Void> {
        eventLoop.submit { [self] in closeNow(reset: false) }
    }

    private func connected(_ channel: any Channel) {
        guard !isClosed, client.isActive else {
            channel.close(promise: nil)
            return closeNow(reset: false)
        }
        server = channel
        chains = (
            upstream: chain(.upstream, from: client, to: channel),
            downstream: chain(.downstream, from: channel, to: client)
        )
        applyToxics()
        do {
            try channel.pipeline.syncOperations.addHandler(handler(for: .server))
        } catch {
            return closeNow(reset: true)
        }
        setReading(true, on: client)
        setReading(true, on: channel)
    }

    private func applyToxics() {
        guard !isClosed, let chains else { return }
        let current = toxics()
        chains.upstream.apply(current)
        chains.downstream.apply(current)
    }

    private func chain(
        _ stream: Toxic.Stream, from source: any Channel, to destination: any Channel
    ) -> ToxicChain {
        ToxicChain(
            stream, on: eventLoop,
            sink: { [weak self] segment in self?.deliver(segment, stream, from: source, to: destination) },
            dropped: { [weak self] count in self?.release(count, stream, from: source) },
            close: { [weak self] reset in self?.closeNow(reset: reset) })
    }

    private func handler(for side: Side, becameActive: @escaping () -> Void = {}) -> RelayHandler {
        RelayHandler(
            becameActive: becameActive,
            received: { [weak self] segment in self?.received(segment, from: side) },
            lost: { [weak self] reset in self?.closeNow(reset: reset) })
    }

    private func received(_ segment: Segment, from side: Side) {
        guard !isClosed, let chains, let server else { return }
        let stream: Toxic.Stream = side == .client ? .upstream : .downstream
        if case .data(let buffer) = segment {
            let total = waitingBytes(stream, adding: buffer.readableBytes)
            if total > Self.highWater { setReading(false, on: side == .client ? client : server) }
        }
        (side == .client ? chains.upstream : chains.downstream).receive(segment)
    }

    private func deliver(
        _ segment: Segment, _ stream: Toxic.Stream, from source: any Channel, to destination: any Channel
    ) {
        guard !isClosed else { return }
        switch segment {
        case .data(let buffer):
            let count = buffer.readableBytes
            destination.writeAndFlush(buffer).whenComplete { [self] _ in release(count, stream, from: source) }
        case .end:
            if stream == .upstream { ended.upstream = true } else { ended.downstream = true }
            destination.close(mode: .output).whenComplete { [self] _ in
                if ended.upstream && ended.downstream { closeNow(reset: false) }
            }
        }
    }

    private func release(_ count: Int, _ stream: Toxic.Stream, from source: any Channel) {
        guard !isClosed else { return }
        if waitingBytes(stream, adding: -count) <= Self.highWater { setReading(true, on: source) }
    }

    private func waitingBytes(_ stream: Toxic.Stream, adding count: Int) -> Int {
        switch stream {
        case .upstream:
            waiting.upstream += count
            return waiting.upstream
        case .downstream:
            waiting.downstream += count
            return waiting.downstream
        }
    }

    private func setReading(_ reading: Bool, on channel: any Channel) {
        // Fails only on a channel that is already closed, where it no longer matters.
        try? channel.syncOptions?.setOption(.autoRead, value: reading)
    }

    private func closeNow(reset: Bool) {
        guard !isClosed else { return }
        isClosed = true
        for channel in [client, server].compactMap({ $0 }) {
            if reset {
                // Linger 0 turns the close into RST; on the channel's own event loop it is set before the call returns.
                _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            }
            channel.close(promise: nil)
        }
    }
}

/// Passes what one side sends to the connection it belongs to.
private final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let becameActive: () -> Void
    private let received: (Segment) -> Void
    private let lost: (_ reset: Bool) -> Void

    init(
        becameActive: @escaping () -> Void, received: @escaping (Segment) -> Void, lost: @escaping (Bool) -> Void
    ) {
        self.becameActive = becameActive
        self.received = received
        self.lost = lost
    }

    func channelActive(context: ChannelHandlerContext) {
        becameActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received(.data(unwrapInboundIn(data)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { received(.end) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lost(true)
    }

    func channelInactive(context: ChannelHandlerContext) {
        lost(false)
    }
}
