import Sockets

/// What the plain transport keeps with a request.
struct PlainExchange {
    let origin: Int
    /// The whole request, and whether this exchange owns its bytes.
    var output: UnsafeMutablePointer<UInt8>
    var outputCount: Int
    let ownsOutput: Bool
    var outputSent = 0

    /// What carries the request, or tries to be opened for it; a second attempt runs beside a slow first one.
    var connection: PlainConnection.Pointer?
    var rival: PlainConnection.Pointer?
    var isWaitingForAddress = false
    /// Which addresses have been tried: so many, from the first on.
    var firstAddress = 0
    var triedAddresses = 0
    /// Tells one use of the slot's connections from the next.
    var serial = 0
    /// The connection that was kept open had been closed; a fresh one was taken.
    var hasRetried = false

    /// Moments of the monotonic clock in nanoseconds, 0 for what has not happened.
    var readyAt: Int64 = 0
    var firstByteAt: Int64 = 0
    var outcome = TransferOutcome()

    init(origin: Int, output: UnsafeMutablePointer<UInt8>, count: Int, ownsOutput: Bool) {
        self.origin = origin
        self.output = output
        outputCount = count
        self.ownsOutput = ownsOutput
    }

    /// Brings it to a new request.
    mutating func begin(_ now: Int64) {
        outputSent = 0
        hasRetried = false
        readyAt = now
        firstByteAt = 0
        outcome = TransferOutcome()
    }
}

/// One socket. Lives at a fixed address, which the kernel hands back with its events.
struct PlainConnection {
    typealias Pointer = UnsafeMutablePointer<PlainConnection>

    enum State {
        case connecting
        /// In the TLS handshake.
        case securing
        case exchanging, idle, closed
    }

    var descriptor: Int32
    /// Nil without TLS, and before it has begun.
    var tls: TLSConnection?
    var state = State.connecting
    let origin: Int
    var addressIndex = 0
    var slot: TransferSlot<PlainExchange>.Pointer?
    var parser: AnswerParser
    /// The beginning of a line whose end has not come yet.
    var pending: [UInt8] = []
    /// Whether an earlier request has used it.
    var isReused = false
    var awaitsWriting = true
    /// Moments of the monotonic clock in nanoseconds.
    var openedAt: Int64
    var connectedAt: Int64 = 0
    var idleSince: Int64 = 0
    /// Its place among the idle ones.
    var idleIndex = 0
}
