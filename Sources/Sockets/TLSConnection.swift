import CTLS
import Glibc

/// TLS over a socket that does not block, for an event loop that says when to go on. Confined to the loop's thread, which
/// has SIGPIPE blocked: OpenSSL writes without a flag against it.
///
/// A pointer with methods: its owner calls `end` once.
package struct TLSConnection {
    /// What came of a call.
    package enum Step {
        /// It is done, of so many bytes.
        case done(Int)
        /// To be called again when the socket can be read.
        case wantsReading
        /// To be called again, with the same bytes, when the socket can be written.
        case wantsWriting
        /// The peer has announced that nothing more will come (`close_notify`).
        case closed
        /// It is over; only `end` may follow.
        case failed(TLSFailure)
    }

    private let session: OpaquePointer

    init(_ session: OpaquePointer) { self.session = session }

    /// Goes on with the handshake, in which the certificate is verified.
    package func handshake() -> Step {
        let result = SSL_do_handshake(session)
        guard result != 1 else {
            // Looking for an issuer leaves errors behind that are none.
            ERR_clear_error()
            return .done(0)
        }
        return step(after: result)
    }

    /// Whether the handshake went by a session of an earlier connection.
    package var isResumed: Bool { SSL_session_reused(session) == 1 }

    @inline(__always)
    package func write(_ bytes: UnsafeRawPointer, _ count: Int) -> Step {
        let result = SSL_write(session, bytes, Int32(truncatingIfNeeded: min(count, Int(Int32.max))))
        return result > 0 ? .done(Int(result)) : step(after: result)
    }

    /// Reads what has come, at most so much: all of it, be it in one record or in many.
    ///
    /// - Returns: how much, and why it is not more. `done` means that the room was too small, or that nothing is left for
    ///   now: the socket will say when there is.
    @inline(__always)
    package func read(_ bytes: UnsafeMutableRawPointer, _ room: Int) -> (count: Int, next: Step) {
        var count = 0
        while count < room {
            let result = SSL_read(session, bytes + count, Int32(truncatingIfNeeded: room - count))
            guard result > 0 else { return (count, step(after: result)) }
            count += Int(result)
            // Of what was read ahead the socket will not tell again.
            guard SSL_has_pending(session) == 1 else { break }
        }
        return (count, .done(count))
    }

    /// Gives everything back but the socket. A connection that has not failed tells the peer first.
    package func end(isBroken: Bool) {
        if !isBroken && SSL_is_init_finished(session) == 1 { SSL_shutdown(session) }
        SSL_free(session)
        ERR_clear_error()
    }

    private func step(after result: Int32) -> Step {
        let number = errno
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .wantsReading
        case SSL_ERROR_WANT_WRITE: return .wantsWriting
        case SSL_ERROR_ZERO_RETURN: return .closed
        case let error: return .failed(TLSFailure(session, error: error, number: number))
        }
    }
}
