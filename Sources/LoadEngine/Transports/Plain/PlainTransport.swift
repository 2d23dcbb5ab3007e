import Glibc
import HTTPClient
import Sockets

/// HTTP/1.1 over non-blocking sockets and epoll, with TLS between where it is asked for: libcurl's own work per request
/// costs more than a whole request here. One request at a time on a connection.
struct PlainTransport: Transport {
    typealias Slot = TransferSlot<PlainExchange>.Pointer

    /// Connections that were idle for longer are not trusted: something on the way may have forgotten them.
    static let longestIdle: Int64 = 118_000_000_000
    static let receiveBytes = 64 << 10

    let plan: LoadPlan
    let maximumConnections: Int
    /// Nil when no request goes over TLS.
    let tls: TLSClientContext?
    private let requests: [RequestBytes]
    /// The bytes of requests that are all the same, by kind.
    private let fixedOutput: [(bytes: UnsafeMutablePointer<UInt8>, count: Int)?]
    let isHead: [Bool]
    private let originOfKind: [Int]

    var origins: [Origin]
    var events = EventQueue()
    /// Failed before or while they were sent: given out at the next occasion.
    var failed: [Slot] = []
    /// Attempts to connect that may get a rival, in order of their time.
    var races: [Race] = []
    var nextRace = 0
    /// Closed since the last wait: an event may still name them.
    var closed: [PlainConnection.Pointer] = []
    var openConnections = 0
    var now = MonotonicClock.now()
    let buffer: UnsafeMutableRawPointer
    private let bufferSize: Int

    /// - Parameter tls: for this transport alone; nil when no request goes over TLS.
    init(_ plan: LoadPlan, maximumInFlight: Int, tls: TLSClientContext?) {
        let targets = plan.requests.compactMap { try? PlainTarget($0, plan.client) }
        precondition(targets.count == plan.requests.count, "the plan has a request that wants libcurl")
        self.plan = plan
        self.tls = tls
        maximumConnections = max(10, maximumInFlight)
        requests = zip(plan.requests, targets).map { RequestBytes($0, $1, userAgent: plan.client.userAgent) }
        fixedOutput = requests.map { request in
            guard !request.varies else { return nil }
            let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: request.maximumCount)
            return (bytes, request.write(0, to: bytes))
        }
        isHead = plan.requests.map { $0.method == "HEAD" }
        let servers = targets.map(\.server)
        let distinct = servers.indices.filter { servers.firstIndex(of: servers[$0]) == $0 }.map { servers[$0] }
        originOfKind = servers.map { distinct.firstIndex(of: $0) ?? 0 }
        origins = distinct.map { Origin($0, keepsSessions: plan.resumesSessions) }
        bufferSize = plan.client.maximumHeaderBytes + AnswerParser.longestChunkLine + 2 * Self.receiveBytes
        buffer = .allocate(byteCount: bufferSize, alignment: 64)
    }

    var wake: @Sendable () -> Void {
        let bell = events.bell
        return { bell.ring() }
    }

    var isBusy: Bool { !failed.isEmpty }

    func makeSlot(_ kind: Int) -> Slot? {
        let exchange =
            if let fixed = fixedOutput[kind] {
                PlainExchange(origin: originOfKind[kind], output: fixed.bytes, count: fixed.count, ownsOutput: false)
            } else {
                PlainExchange(
                    origin: originOfKind[kind], output: .allocate(capacity: requests[kind].maximumCount), count: 0,
                    ownsOutput: true)
            }
        return TransferSlot.make(exchange, kind: kind, plan: plan)
    }

    func free(_ slot: Slot) {
        if slot.pointee.exchange.ownsOutput { slot.pointee.exchange.output.deallocate() }
        TransferSlot.free(slot)
    }

    mutating func start(_ slot: Slot, number: Int) -> Bool {
        now = slot.pointee.sent
        slot.pointee.exchange.begin(now)
        if slot.pointee.exchange.ownsOutput {
            slot.pointee.exchange.outputCount = requests[slot.pointee.kind].write(
                number, to: slot.pointee.exchange.output)
        }
        if let connection = takeIdle(slot.pointee.exchange.origin) {
            connection.pointee.isReused = true
            attach(slot, connection)
            send(connection, slot)
        } else {
            open(slot)
        }
        return true
    }

    mutating func beginRound() {
        now = MonotonicClock.now()
        takeAddresses()
        startRivals()
    }

    mutating func nextEnded() -> Slot? {
        while true {
            if let slot = failed.popLast() { return slot }
            guard let event = events.next() else { return nil }
            let connection = event.context.assumingMemoryBound(to: PlainConnection.self)
            if let slot = serve(connection, event.flags) { return slot }
        }
    }

    func outcome(of slot: Slot) -> TransferOutcome { slot.pointee.exchange.outcome }

    func progress(of slot: Slot) -> ConnectionProgress {
        let exchange = slot.pointee.exchange
        if exchange.isWaitingForAddress { return .resolving }
        switch exchange.connection?.pointee.state {
        case .exchanging: return exchange.firstByteAt == 0 ? .connected : .answering
        case .securing: return .securing
        default: return .connecting
        }
    }

    mutating func release(_ slot: Slot) {
        if slot.pointee.exchange.isWaitingForAddress {
            origins[slot.pointee.exchange.origin].waiting.removeAll { $0 == slot }
            slot.pointee.exchange.isWaitingForAddress = false
        }
        closeConnections(of: slot)
        if !failed.isEmpty { failed.removeAll { $0 == slot } }
    }

    mutating func wait(until moment: Int64) {
        forgetClosed()
        now = MonotonicClock.now()
        events.wait(until: nextRaceAt.map { min($0, moment) } ?? moment, now: now)
    }

    mutating func close() {
        for origin in origins.indices {
            while let connection = origins[origin].takeIdle() { close(connection) }
        }
        forgetClosed()
        for output in fixedOutput { output?.bytes.deallocate() }
        buffer.deallocate()
        events.close()
    }
}
