import HTTPClient
import Sockets

/// What is different over TLS: a handshake before the first request, and records instead of bytes.
extension PlainTransport {
    /// Begins the handshake on a connection that has just been made.
    mutating func secure(_ connection: PlainConnection.Pointer, _ slot: Slot, _ name: String) {
        slot.pointee.exchange.connection = connection
        connection.pointee.state = .securing
        connection.pointee.connectedAt = now
        connection.pointee.tls = tls?.connection(
            over: connection.pointee.descriptor, to: name, sessions: origins[connection.pointee.origin].sessions)
        goOnSecuring(connection)
    }

    mutating func goOnSecuring(_ connection: PlainConnection.Pointer) {
        guard let slot = connection.pointee.slot else { return close(connection) }
        guard let tls = connection.pointee.tls else { return lose(connection, slot, .localResources) }
        switch tls.handshake() {
        case .done:
            now = MonotonicClock.now()
            slot.pointee.exchange.outcome.tls = now - connection.pointee.connectedAt
            slot.pointee.exchange.outcome.isResumed = tls.isResumed
            beginExchange(slot, connection)
        case .wantsReading: awaitWriting(false, connection)
        case .wantsWriting: awaitWriting(true, connection)
        case .closed: lose(connection, slot, .tlsHandshakeReset)
        case .failed(let failure): lose(connection, slot, HTTPError.Code(failure, inHandshake: true))
        }
    }

    /// Whether an unused connection has nothing to say: session tickets come at any time, and only for TLS itself.
    func isQuiet(_ tls: TLSConnection) -> Bool {
        if case (0, .wantsReading) = tls.read(buffer, Self.receiveBytes) { true } else { false }
    }

    mutating func send(_ connection: PlainConnection.Pointer, _ slot: Slot, _ tls: TLSConnection) {
        while slot.pointee.exchange.outputSent < slot.pointee.exchange.outputCount {
            let left = slot.pointee.exchange.outputCount - slot.pointee.exchange.outputSent
            switch tls.write(slot.pointee.exchange.output + slot.pointee.exchange.outputSent, left) {
            case .done(let count): slot.pointee.exchange.outputSent += count
            case .wantsWriting: return awaitWriting(true, connection)
            case .failed(let failure): return lose(connection, slot, HTTPError.Code(failure, inHandshake: false))
            // Only a renegotiation could want that, and none is agreed to.
            case .wantsReading, .closed: return lose(connection, slot, .tlsFailure)
            }
        }
        awaitWriting(false, connection)
    }

    /// Reads all that has come. True when the request has ended by it.
    mutating func receive(_ connection: PlainConnection.Pointer, _ slot: Slot, _ tls: TLSConnection) -> Bool {
        while true {
            let before = copyPending(connection)
            let (count, next) = tls.read(buffer + before, Self.receiveBytes)
            let end = End(next)
            let isFull = count == Self.receiveBytes
            if count > 0 {
                let isLast = if case .notYet = end { !isFull } else { false }
                if take(before + count, connection, slot, isLast: isLast) { return true }
            }
            if !isFull { return ended(connection, slot, end) }
        }
    }
}

extension PlainTransport.End {
    fileprivate init(_ step: TLSConnection.Step) {
        switch step {
        case .done, .wantsReading, .wantsWriting: self = .notYet
        case .closed: self = .closed
        case .failed(let failure): self = .broken(HTTPError.Code(failure, inHandshake: false))
        }
    }
}

extension HTTPError.Code {
    /// - Parameter inHandshake: whether the connection was still being made.
    fileprivate init(_ failure: TLSFailure, inHandshake: Bool) {
        switch failure {
        case .certificate(let verification): self = .certificate(verification)
        case .clientCertificateWanted: self = .clientCertificate
        case .protocolVersion: self = .tlsProtocolVersion
        case .reset: self = inHandshake ? .tlsHandshakeReset : .connectionReset
        case .closedWithoutNotify: self = inHandshake ? .tlsHandshakeReset : .tlsClosedWithoutNotify
        case .other: self = .tlsFailure
        }
    }
}
