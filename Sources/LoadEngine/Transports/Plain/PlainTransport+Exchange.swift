import CEvents
import Glibc
import HTTPClient

extension PlainTransport {
    /// Lets a request use a connection: the parser waits for its answer.
    mutating func attach(_ slot: Slot, _ connection: PlainConnection.Pointer) {
        slot.pointee.exchange.connection = connection
        connection.pointee.slot = slot
        connection.pointee.state = .exchanging
        connection.pointee.parser = parser(slot.pointee.kind)
        connection.pointee.pending.removeAll(keepingCapacity: true)
    }

    func parser(_ kind: Int) -> AnswerParser {
        AnswerParser(
            isHead: isHead[kind], maximumHeaderBytes: plan.client.maximumHeaderBytes,
            maximumHeaderCount: plan.client.maximumHeaderCount)
    }

    mutating func serve(_ connection: PlainConnection.Pointer, _ flags: UInt32) -> Slot? {
        switch connection.pointee.state {
        case .closed: return nil
        case .idle:
            if let tls = connection.pointee.tls, isQuiet(tls) { return nil }
            // The server closed it, or says what nobody asked for.
            origins[connection.pointee.origin].removeIdle(connection)
            close(connection)
            return nil
        case .connecting:
            finishConnecting(connection)
            return nil
        case .securing:
            goOnSecuring(connection)
            return nil
        case .exchanging:
            guard let slot = connection.pointee.slot else { return nil }
            if flags & ~event_writable != 0, receive(connection, slot) { return slot }
            if flags & event_writable != 0, connection.pointee.state == .exchanging { send(connection, slot) }
            return nil
        }
    }

    /// Sends what the socket takes, and waits for it to take more when that was not all.
    mutating func send(_ connection: PlainConnection.Pointer, _ slot: Slot) {
        if let tls = connection.pointee.tls { return send(connection, slot, tls) }
        let left = slot.pointee.exchange.outputCount - slot.pointee.exchange.outputSent
        let start = slot.pointee.exchange.output + slot.pointee.exchange.outputSent
        let sent = Glibc.send(connection.pointee.descriptor, start, left, Int32(MSG_NOSIGNAL))
        if sent < 0 && errno != EAGAIN && errno != EINTR { return lose(connection, slot, .connectionReset) }
        slot.pointee.exchange.outputSent += max(0, sent)
        awaitWriting(sent < left, connection)
    }

    /// Has the queue tell when the socket can be written, or no longer.
    mutating func awaitWriting(_ isWaiting: Bool, _ connection: PlainConnection.Pointer) {
        guard isWaiting != connection.pointee.awaitsWriting else { return }
        connection.pointee.awaitsWriting = isWaiting
        events.change(
            connection.pointee.descriptor, isWaiting ? event_readable | event_writable : event_readable, connection)
    }

    /// Why a connection gave no more bytes.
    enum End {
        /// There are none for now.
        case notYet
        /// The other side said that nothing more will come.
        case closed
        case broken(HTTPError.Code)
    }

    /// Reads what has come. True when the request has ended by it.
    private mutating func receive(_ connection: PlainConnection.Pointer, _ slot: Slot) -> Bool {
        if let tls = connection.pointee.tls { return receive(connection, slot, tls) }
        let before = copyPending(connection)
        let count = recv(connection.pointee.descriptor, buffer + before, Self.receiveBytes, 0)
        if count > 0 { return take(before + count, connection, slot, isLast: true) }
        let isClosed = count == 0
        let isEmpty = !isClosed && (errno == EAGAIN || errno == EINTR)
        return ended(connection, slot, isClosed ? .closed : isEmpty ? .notYet : .broken(.connectionReset))
    }

    /// Puts the beginning of a line before what will be read; returns how long it is.
    func copyPending(_ connection: PlainConnection.Pointer) -> Int {
        let count = connection.pointee.pending.count
        if count > 0 {
            connection.pointee.pending.withUnsafeBytes { pending in
                guard let start = pending.baseAddress else { return }
                buffer.copyMemory(from: start, byteCount: count)
            }
        }
        return count
    }

    /// Takes what the buffer holds. True when the request has ended by it.
    ///
    /// - Parameter isLast: whether nothing more has come so far; else the connection is not used again after an answer.
    mutating func take(_ count: Int, _ connection: PlainConnection.Pointer, _ slot: Slot, isLast: Bool) -> Bool {
        now = MonotonicClock.now()
        slot.pointee.lastByte = now
        if slot.pointee.exchange.firstByteAt == 0 { slot.pointee.exchange.firstByteAt = now }
        let input = UnsafeRawBufferPointer(start: buffer, count: count)
        let (consumed, step) = connection.pointee.parser.consume(input) { piece in
            piece.baseAddress.map { slot.pointee.take($0, piece.count) } ?? true
        }
        switch step {
        case .done:
            finish(connection, slot, isClean: isLast && consumed == input.count)
            return true
        case .failed(let problem):
            fail(slot, problem.code)
            close(connection)
            return true
        case .needsMore:
            keep(input[consumed...], connection)
            return false
        }
    }

    private func keep(_ rest: Slice<UnsafeRawBufferPointer>, _ connection: PlainConnection.Pointer) {
        guard !rest.isEmpty || !connection.pointee.pending.isEmpty else { return }
        connection.pointee.pending.removeAll(keepingCapacity: true)
        connection.pointee.pending.append(contentsOf: rest)
    }

    /// The connection gave no more bytes: it has ended, or there were none after all. True when the request has ended by
    /// it.
    mutating func ended(_ connection: PlainConnection.Pointer, _ slot: Slot, _ end: End) -> Bool {
        switch end {
        case .notYet: return false
        case .broken(let code):
            lose(connection, slot, code)
            return false
        case .closed: break
        }
        let hasReceived = slot.pointee.exchange.firstByteAt != 0
        guard let problem = connection.pointee.parser.problemAtEnd(hasReceived: hasReceived) else {
            finish(connection, slot, isClean: false)
            return true
        }
        if case .empty = problem, retries(connection, slot) { return false }
        fail(slot, problem.code)
        close(connection)
        return true
    }

    /// The answer is whole; the connection waits for the next request if both sides want it to.
    private mutating func finish(_ connection: PlainConnection.Pointer, _ slot: Slot, isClean: Bool) {
        slot.pointee.exchange.outcome.status = connection.pointee.parser.status
        slot.pointee.exchange.outcome.service = max(0, slot.pointee.lastByte - slot.pointee.sent)
        slot.pointee.exchange.outcome.firstByte = max(
            0, slot.pointee.exchange.firstByteAt - slot.pointee.exchange.readyAt)
        let isReusable =
            isClean && connection.pointee.parser.keepsConnection
            && slot.pointee.exchange.outputSent == slot.pointee.exchange.outputCount && plan.reusesConnections
            && openConnections <= maximumConnections
        slot.pointee.exchange.connection = nil
        connection.pointee.slot = nil
        guard isReusable else { return close(connection) }
        connection.pointee.state = .idle
        connection.pointee.idleSince = now
        origins[connection.pointee.origin].addIdle(connection)
    }

    /// The connection broke. If it was an old one and nothing of the answer had come, the server had closed it between
    /// requests, and a fresh one gets its chance; else the request has failed.
    mutating func lose(_ connection: PlainConnection.Pointer, _ slot: Slot, _ code: HTTPError.Code) {
        if retries(connection, slot) { return }
        fail(slot, code)
        close(connection, isBroken: true)
        failed.append(slot)
    }

    private mutating func retries(_ connection: PlainConnection.Pointer, _ slot: Slot) -> Bool {
        guard connection.pointee.isReused, slot.pointee.exchange.firstByteAt == 0, !slot.pointee.exchange.hasRetried
        else { return false }
        closeConnections(of: slot)
        slot.pointee.exchange.hasRetried = true
        slot.pointee.exchange.outputSent = 0
        open(slot)
        return true
    }

    mutating func fail(_ slot: Slot, _ code: HTTPError.Code) { slot.pointee.exchange.outcome.failure = code }
}

extension AnswerParser.Problem {
    fileprivate var code: HTTPError.Code {
        switch self {
        case .empty: .emptyReply
        case .truncated: .truncatedBody
        case .malformed: .malformedResponse
        case .headersTooLarge: .headersTooLarge
        case .bodyTooLarge: .bodyTooLarge
        }
    }
}
