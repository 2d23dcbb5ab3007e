import NIOCore

extension Toxic.Effect {
    /// The stage that does this to one direction of one connection.
    func stage(_ outlet: StageOutlet) -> any ToxicStage {
        switch self {
        case .latency(let latency, let jitter): LatencyStage(outlet, latency: latency, jitter: jitter)
        case .timeout(let timeout): TimeoutStage(outlet, timeout: timeout)
        case .resetPeer(let timeout): ResetStage(outlet, timeout: timeout)
        case .bandwidth(let rate): BandwidthStage(outlet, rate: rate)
        case .slowClose(let delay): SlowCloseStage(outlet, delay: delay)
        case .limitData(let bytes): LimitStage(outlet, bytes: bytes)
        }
    }
}

private func milliseconds(_ count: Int) -> TimeAmount { .milliseconds(Int64(count)) }

private final class LatencyStage: ToxicStage {
    private let line: DelayLine
    private var latency: Int
    private var jitter: Int

    init(_ outlet: StageOutlet, latency: Int, jitter: Int) {
        line = DelayLine(outlet)
        self.latency = latency
        self.jitter = jitter
    }

    func receive(_ segment: Segment) {
        guard case .data = segment else { return line.append(segment, due: line.lastDue) }
        let deviation = jitter > 0 ? Int.random(in: -jitter...jitter) : 0
        line.append(segment, due: .now() + milliseconds(max(0, latency + deviation)))
    }

    func update(_ effect: Toxic.Effect) {
        guard case .latency(let latency, let jitter) = effect else { return }
        self.latency = latency
        self.jitter = jitter
    }

    func remove() { line.flush() }
}

private final class BandwidthStage: ToxicStage {
    private let line: DelayLine
    private var rate: Int

    init(_ outlet: StageOutlet, rate: Int) {
        line = DelayLine(outlet)
        self.rate = rate
    }

    func receive(_ segment: Segment) {
        guard case .data(var buffer) = segment, rate > 0 else { return line.append(segment, due: line.lastDue) }
        // A tenth of a second at a time: a large chunk trickles instead of arriving late and whole.
        while let piece = buffer.readSlice(length: min(buffer.readableBytes, max(1, rate * 100))),
            piece.readableBytes > 0
        {
            let nanoseconds = Int64(piece.readableBytes) * 1_000_000 / Int64(rate)
            line.append(.data(piece), due: line.lastDue + .nanoseconds(nanoseconds))
        }
    }

    func update(_ effect: Toxic.Effect) {
        guard case .bandwidth(let rate) = effect else { return }
        self.rate = rate
    }

    func remove() { line.flush() }
}

private final class SlowCloseStage: ToxicStage {
    private let line: DelayLine
    private var delay: Int

    init(_ outlet: StageOutlet, delay: Int) {
        line = DelayLine(outlet)
        self.delay = delay
    }

    func receive(_ segment: Segment) {
        switch segment {
        case .data: line.append(segment, due: line.lastDue)
        case .end: line.append(segment, due: .now() + milliseconds(delay))
        }
    }

    func update(_ effect: Toxic.Effect) {
        guard case .slowClose(let delay) = effect else { return }
        self.delay = delay
    }

    func remove() { line.flush() }
}

private final class TimeoutStage: ToxicStage {
    private let outlet: StageOutlet
    private var timer: Scheduled<Void>?

    init(_ outlet: StageOutlet, timeout: Int) {
        self.outlet = outlet
        arm(timeout)
    }

    func receive(_ segment: Segment) {
        switch segment {
        case .data(let buffer): outlet.dropped(buffer.readableBytes)
        case .end: outlet.forward(.end)
        }
    }

    func update(_ effect: Toxic.Effect) {
        guard case .timeout(let timeout) = effect else { return }
        arm(timeout)
    }

    /// The bytes dropped meanwhile are lost, so the stream cannot go on: the connection closes.
    func remove() {
        timer?.cancel()
        outlet.close(false)
    }

    private func arm(_ timeout: Int) {
        timer?.cancel()
        guard timeout > 0 else { return }
        let bound = NIOLoopBound(outlet, eventLoop: outlet.eventLoop)
        timer = outlet.eventLoop.scheduleTask(in: milliseconds(timeout)) { bound.value.close(false) }
    }
}

private final class ResetStage: ToxicStage {
    private let outlet: StageOutlet
    private var timeout: Int
    private var timer: Scheduled<Void>?

    init(_ outlet: StageOutlet, timeout: Int) {
        self.outlet = outlet
        self.timeout = timeout
    }

    func receive(_ segment: Segment) {
        if case .data(let buffer) = segment { outlet.dropped(buffer.readableBytes) }
        guard timer == nil else { return }
        let bound = NIOLoopBound(outlet, eventLoop: outlet.eventLoop)
        timer = outlet.eventLoop.scheduleTask(in: milliseconds(timeout)) { bound.value.close(true) }
    }

    func update(_ effect: Toxic.Effect) {
        guard case .resetPeer(let timeout) = effect else { return }
        self.timeout = timeout
    }

    /// A reset that is already on its way stays on its way: its bytes are gone.
    func remove() {}
}

private final class LimitStage: ToxicStage {
    private let outlet: StageOutlet
    private var limit: Int
    private var passed = 0

    init(_ outlet: StageOutlet, bytes: Int) {
        self.outlet = outlet
        limit = bytes
    }

    func receive(_ segment: Segment) {
        guard case .data(var buffer) = segment else { return outlet.forward(segment) }
        let allowed = buffer.readSlice(length: min(max(0, limit - passed), buffer.readableBytes))
        if let allowed, allowed.readableBytes > 0 {
            passed += allowed.readableBytes
            outlet.forward(.data(allowed))
        }
        outlet.dropped(buffer.readableBytes)
        if passed >= limit { outlet.close(false) }
    }

    func update(_ effect: Toxic.Effect) {
        guard case .limitData(let bytes) = effect else { return }
        limit = bytes
    }

    func remove() {}
}
