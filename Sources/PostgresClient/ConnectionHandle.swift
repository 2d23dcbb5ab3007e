import CPostgres
import Glibc
import Sockets

/// Owns one `PGconn`. libpq allows one thread at a time: the actor that holds the handle sees to that, and the few calls
/// that come from elsewhere (`PQcancel`) work on a copy.
final class ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let allowsCleartextPassword: Bool
    private var meter: MeteredSocket?

    init?(starting parameters: [(String, String)], allowsCleartextPassword: Bool) {
        self.allowsCleartextPassword = allowsCleartextPassword
        let keywords = parameters.map(\.0)
        let values = parameters.map(\.1)
        let started = withCStrings(keywords) { keywords in
            withCStrings(values) { values in PQconnectStartParams(keywords, values, 0) }
        }
        guard let started else { return nil }
        pointer = started
        PQsetErrorVerbosity(started, PQERRORS_VERBOSE)
        PQsetErrorContextVisibility(started, PQSHOW_CONTEXT_NEVER)
        PQsetNoticeProcessor(started, { _, _ in }, nil)
    }

    deinit {
        PQfinish(pointer)
        // The farewell that libpq has just written, so that the server's log shows no broken connection.
        _ = meter?.send()
    }

    var errorMessage: String { PQerrorMessage(pointer).map { String(cString: $0) } ?? "" }
    var descriptor: Int32 { PQsocket(pointer) }
}

extension ConnectionHandle {
    /// Why bytes stopped moving between libpq and the server.
    enum Stop: Error {
        case waited(SocketReadiness.Outcome)
        case refused(LogInInspection.Refusal)
        /// The system gave no descriptors for it, for the reason of this `errno`.
        case noDescriptors(Int32)
    }

    /// Waits until libpq's current socket is connected or has failed, and puts the meter in its place.
    func meterConnection(until end: ContinuousClock.Instant) async throws(Stop) {
        if let meter, meter.serves(descriptor) { return }
        meter = nil
        try await wait(.writing, on: descriptor, until: end)
        // libpq itself finds out why a connection failed.
        guard MeteredSocket.isConnected(descriptor) else { return }
        meter = MeteredSocket(replacing: descriptor, allowsCleartextPassword: allowsCleartextPassword)
        if meter == nil { throw .noDescriptors(errno) }
    }

    /// Waits for more of the server's bytes and hands libpq a piece of them, unless it still has some.
    ///
    /// - Returns: how many were handed over.
    func receive(until end: ContinuousClock.Instant) async throws(Stop) -> Int {
        guard let meter else {
            try await wait(.reading, on: descriptor, until: end)
            return 0
        }
        guard postgres_bytes_waiting(descriptor) == 0 else { return 0 }
        while true {
            switch meter.receive() {
            case .moved(let count): return count
            case .ended: return 0
            case .refused(let refusal): throw .refused(refusal)
            case .wouldBlock: try await wait(.reading, on: meter.server, until: end)
            }
        }
    }

    /// Hands the server everything that libpq has written.
    func send(until end: ContinuousClock.Instant) async throws(Stop) {
        while let meter, meter.send() == .wouldBlock {
            try await wait(.writing, on: meter.server, until: end)
        }
    }

    /// Lets libpq read what it was handed, with TLS also what is left of a record.
    func consume() -> Bool {
        repeat {
            guard PQconsumeInput(pointer) == 1 else { return false }
        } while postgres_bytes_waiting(descriptor) > 0
        return PQsslInUse(pointer) == 0 || PQconsumeInput(pointer) == 1
    }

    private func wait(
        _ interest: SocketReadiness.Interest, on descriptor: Int32, until end: ContinuousClock.Instant
    ) async throws(Stop) {
        let outcome = await SocketReadiness.shared.wait(for: interest, on: descriptor, until: end)
        guard outcome == .ready else { throw .waited(outcome) }
    }
}

/// A copy of what `PQcancel` needs, to be used on any thread.
final class CancelHandle: @unchecked Sendable {
    private let pointer: OpaquePointer

    init?(_ connection: ConnectionHandle) {
        guard let pointer = PQgetCancel(connection.pointer) else { return nil }
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Opens a second connection and asks the server to give up; blocks until the server has taken the request.
    func send() -> Bool {
        var reason = [CChar](repeating: 0, count: 256)
        return PQcancel(pointer, &reason, Int32(reason.count)) == 1
    }
}

/// Calls `body` with a null-terminated array of C strings.
func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
        offsets.append(bytes.count)
        bytes += string.utf8CString
    }
    return bytes.withUnsafeBufferPointer { buffer in
        let pointers: [UnsafePointer<CChar>?] = offsets.map { offset in buffer.baseAddress.map { $0 + offset } } + [nil]
        return pointers.withUnsafeBufferPointer { list in
            // The array holds at least the terminating nil, so it has a base address.
            guard let base = list.baseAddress else { preconditionFailure("an array with an element has an address") }
            return body(base)
        }
    }
}
