import HTTPClient

/// Moves the bytes of one event loop's requests. Confined to the loop's thread.
///
/// The loop decides what is sent when, and records what came of it; a transport knows how an answer is got. There are
/// two of them, and the plan decides between them (`LoadPlan.transport`), so that nobody has to choose.
protocol Transport {
    /// What the transport keeps with a request.
    associatedtype Exchange
    typealias Slot = TransferSlot<Exchange>.Pointer

    /// Ends a wait of the loop. Callable from any thread, also after the loop's end.
    var wake: @Sendable () -> Void { get }
    /// Whether a round without waiting would get something done.
    var isBusy: Bool { get }

    /// A slot for a kind of request, nil when the system has no room for it.
    func makeSlot(_ kind: Int) -> Slot?
    func free(_ slot: Slot)
    /// Begins a request, with what `{n}` stands for. False when it could not be begun; nothing is in flight then.
    mutating func start(_ slot: Slot, number: Int) -> Bool
    mutating func beginRound()
    /// Moves bytes until a transfer has ended, and gives it; nil at the end of the round.
    mutating func nextEnded() -> Slot?
    /// What came of a transfer that `nextEnded` gave.
    func outcome(of slot: Slot) -> TransferOutcome
    /// How far a transfer has come that has not ended.
    func progress(of slot: Slot) -> ConnectionProgress
    /// Takes a slot out of flight, whether its transfer has ended or not.
    mutating func release(_ slot: Slot)
    /// Sleeps until a moment of the monotonic clock, or until something happens before it.
    mutating func wait(until moment: Int64)
    mutating func close()
}

/// How a transfer ended. Times in nanoseconds.
struct TransferOutcome {
    /// Nil when there is a whole answer.
    var failure: HTTPError.Code?
    var status = 0
    /// From sending to the last byte.
    var service: Int64 = 0
    /// From sending, over a connection that was there, to the first byte.
    var firstByte: Int64 = 0
    /// The TCP handshake; nil over a connection that was there.
    var connect: Int64?
    /// The TLS handshake; nil without one.
    var tls: Int64?
    /// Whether that handshake went by the session of an earlier connection.
    var isResumed = false
    var connectionsOpened = 0
}

/// How the bytes of a run were moved.
public enum LoadTransport: String, Sendable, Codable {
    /// Plain requests, HTTP/1.1 over TCP or TLS, by the engine's own sockets.
    case plain
    /// Everything else: HTTP/2, proxies, and requests that want care.
    case libcurl
}
