/// One reusable place for a request in flight, with what is known of it. Lives at a fixed address, which transports hand
/// to libcurl or to the kernel.
struct TransferSlot<Exchange> {
    typealias Pointer = UnsafeMutablePointer<TransferSlot<Exchange>>

    /// The transport's own part.
    var exchange: Exchange
    /// Index of its request in the plan.
    let kind: Int
    let maximumBodyBytes: Int
    /// Where an answer is kept for its check, nil when no check reads it.
    let capture: UnsafeMutablePointer<UInt8>?

    var worker = 0
    /// Moments of the monotonic clock in nanoseconds.
    var planned: Int64 = 0
    var sent: Int64 = 0
    /// 0 until something of the answer has come.
    var lastByte: Int64 = 0
    var bodyBytes = 0
    /// Neighbours in the list of requests in flight, in order of sending.
    var earlier: Pointer?
    var later: Pointer?

    /// How much of the answer the capture holds.
    var captured: Int { min(bodyBytes, Self.captureBytes) }
    private static var captureBytes: Int { 64 << 10 }

    static func make(_ exchange: Exchange, kind: Int, plan: LoadPlan) -> Pointer {
        let slot = Pointer.allocate(capacity: 1)
        let reads = plan.requests[kind].expectation.json != nil
        slot.initialize(
            to: TransferSlot(
                exchange: exchange, kind: kind, maximumBodyBytes: plan.limits.maximumBodyBytes,
                capture: reads ? .allocate(capacity: captureBytes) : nil))
        return slot
    }

    private init(exchange: Exchange, kind: Int, maximumBodyBytes: Int, capture: UnsafeMutablePointer<UInt8>?) {
        self.exchange = exchange
        self.kind = kind
        self.maximumBodyBytes = maximumBodyBytes
        self.capture = capture
    }

    static func free(_ slot: Pointer) {
        slot.pointee.capture?.deallocate()
        slot.deinitialize(count: 1)
        slot.deallocate()
    }

    /// Brings the slot to a new request.
    mutating func begin(worker: Int, planned: Int64, sent: Int64) {
        self.worker = worker
        self.planned = planned
        self.sent = sent
        lastByte = 0
        bodyBytes = 0
    }

    /// Counts a piece of the body, and keeps the beginning of the body if a check reads it. False beyond the limit.
    @inline(__always)
    mutating func take(_ bytes: UnsafeRawPointer, _ count: Int) -> Bool {
        if let capture, bodyBytes < Self.captureBytes {
            UnsafeMutableRawPointer(capture + bodyBytes).copyMemory(
                from: bytes, byteCount: min(count, Self.captureBytes - bodyBytes))
        }
        bodyBytes += count
        return bodyBytes <= maximumBodyBytes
    }
}
