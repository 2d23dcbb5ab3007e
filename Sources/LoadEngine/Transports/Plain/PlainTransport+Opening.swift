import CEvents
import Glibc
import HTTPClient
import Sockets

extension PlainTransport {
    /// An attempt to connect that gets a rival when it takes too long.
    struct Race {
        var slot: Slot
        var serial: Int
        var rivalAt: Int64
    }

    /// After so long a second address is tried beside the first (RFC 8305 §5; libcurl waits as long).
    private static let rivalDelay: Int64 = 200_000_000

    /// A connection that waits for a request and may still be trusted.
    mutating func takeIdle(_ origin: Int) -> PlainConnection.Pointer? {
        while let connection = origins[origin].takeIdle() {
            if now - connection.pointee.idleSince < Self.longestIdle { return connection }
            close(connection)
        }
        return nil
    }

    /// Opens a connection for a request; without an address the request waits for one.
    mutating func open(_ slot: Slot) {
        let origin = slot.pointee.exchange.origin
        origins[origin].lookUpIfNeeded(now, bell: events.bell)
        guard !origins[origin].addresses.isEmpty else {
            slot.pointee.exchange.isWaitingForAddress = true
            origins[origin].waiting.append(slot)
            return
        }
        slot.pointee.exchange.serial += 1
        slot.pointee.exchange.firstAddress = origins[origin].preferred
        slot.pointee.exchange.triedAddresses = 0
        tryNextAddress(slot, after: .connectionRefused)
        if hasUntriedAddress(slot), slot.pointee.exchange.connection != nil { addRace(slot) }
    }

    private func hasUntriedAddress(_ slot: Slot) -> Bool {
        slot.pointee.exchange.triedAddresses < origins[slot.pointee.exchange.origin].addresses.count
    }

    /// Begins to connect to the first untried address that lets us begin. With none left and no attempt under way, the
    /// request has failed for the given reason.
    private mutating func tryNextAddress(_ slot: Slot, after reason: HTTPError.Code) {
        var reason = reason
        while hasUntriedAddress(slot) {
            let exchange = slot.pointee.exchange
            let addresses = origins[exchange.origin].addresses
            let index = (exchange.firstAddress + exchange.triedAddresses) % addresses.count
            slot.pointee.exchange.triedAddresses += 1
            switch begin(slot, addresses[index], index) {
            case .success(let connection):
                if exchange.connection == nil {
                    slot.pointee.exchange.connection = connection
                } else {
                    slot.pointee.exchange.rival = connection
                }
                return
            case .failure(let error): reason = .connecting(Int(error.number))
            }
        }
        guard slot.pointee.exchange.connection == nil else { return }
        fail(slot, reason)
        failed.append(slot)
    }

    private struct SystemError: Error {
        var number = errno
    }

    private mutating func begin(
        _ slot: Slot, _ address: SocketAddress, _ index: Int
    ) -> Result<PlainConnection.Pointer, SystemError> {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { return .failure(SystemError()) }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        if let number = address.connect(descriptor) {
            Glibc.close(descriptor)
            return .failure(SystemError(number: number))
        }
        let connection = PlainConnection.Pointer.allocate(capacity: 1)
        connection.initialize(
            to: PlainConnection(
                descriptor: descriptor, origin: slot.pointee.exchange.origin, addressIndex: index, slot: slot,
                parser: parser(slot.pointee.kind), openedAt: now))
        openConnections += 1
        guard events.add(descriptor, event_readable | event_writable, connection) else {
            let error = SystemError()
            close(connection)
            return .failure(error)
        }
        return .success(connection)
    }

    /// The handshake is over, one way or the other.
    mutating func finishConnecting(_ connection: PlainConnection.Pointer) {
        guard let slot = connection.pointee.slot else { return close(connection) }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(connection.pointee.descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { return loseAttempt(connection, slot, .connecting(Int(code))) }
        for other in [slot.pointee.exchange.connection, slot.pointee.exchange.rival] {
            if let other, other != connection { close(other) }
        }
        slot.pointee.exchange.rival = nil
        now = MonotonicClock.now()
        slot.pointee.exchange.outcome.connect = now - connection.pointee.openedAt
        slot.pointee.exchange.outcome.connectionsOpened += 1
        origins[connection.pointee.origin].preferred = connection.pointee.addressIndex
        if let name = origins[connection.pointee.origin].secureName { return secure(connection, slot, name) }
        beginExchange(slot, connection)
    }

    /// The connection is there for the request that opened it.
    mutating func beginExchange(_ slot: Slot, _ connection: PlainConnection.Pointer) {
        slot.pointee.exchange.readyAt = now
        attach(slot, connection)
        send(connection, slot)
    }

    private mutating func loseAttempt(
        _ connection: PlainConnection.Pointer, _ slot: Slot, _ reason: HTTPError.Code
    ) {
        close(connection)
        if slot.pointee.exchange.connection == connection {
            slot.pointee.exchange.connection = slot.pointee.exchange.rival
        }
        slot.pointee.exchange.rival = nil
        tryNextAddress(slot, after: reason)
    }

    /// Closes a socket now; its place in memory stays until no event can name it any more.
    ///
    /// - Parameter isBroken: whether nothing more can be said over it.
    mutating func close(_ connection: PlainConnection.Pointer, isBroken: Bool = false) {
        guard connection.pointee.state != .closed else { return }
        connection.pointee.state = .closed
        connection.pointee.slot = nil
        connection.pointee.tls?.end(isBroken: isBroken)
        connection.pointee.tls = nil
        Glibc.close(connection.pointee.descriptor)
        openConnections -= 1
        closed.append(connection)
    }

    /// Only before a wait, when all events have been looked at.
    mutating func forgetClosed() {
        for connection in closed {
            connection.deinitialize(count: 1)
            connection.deallocate()
        }
        closed.removeAll(keepingCapacity: true)
    }

    /// Closes what a request that is given up was using.
    mutating func closeConnections(of slot: Slot) {
        if let connection = slot.pointee.exchange.connection { close(connection) }
        if let rival = slot.pointee.exchange.rival { close(rival) }
        slot.pointee.exchange.connection = nil
        slot.pointee.exchange.rival = nil
    }
}

extension PlainTransport {
    /// Gives addresses that were found to the requests that wait for them.
    mutating func takeAddresses() {
        for index in origins.indices where origins[index].isLookingUp {
            let reason = origins[index].takeAddresses(now)
            guard !origins[index].isLookingUp else { continue }
            let waiting = origins[index].waiting
            origins[index].waiting.removeAll()
            for slot in waiting {
                slot.pointee.exchange.isWaitingForAddress = false
                if let reason {
                    fail(slot, reason)
                    failed.append(slot)
                } else {
                    open(slot)
                }
            }
        }
    }

    private mutating func addRace(_ slot: Slot) {
        races.append(Race(slot: slot, serial: slot.pointee.exchange.serial, rivalAt: now + Self.rivalDelay))
    }

    var nextRaceAt: Int64? { nextRace < races.count ? races[nextRace].rivalAt : nil }

    /// Starts a second attempt beside the first ones that take too long.
    mutating func startRivals() {
        while nextRace < races.count, races[nextRace].rivalAt <= now {
            let race = races[nextRace]
            nextRace += 1
            let exchange = race.slot.pointee.exchange
            let isStillConnecting =
                exchange.serial == race.serial && exchange.rival == nil
                && exchange.connection?.pointee.state == .connecting
            guard isStillConnecting, hasUntriedAddress(race.slot) else { continue }
            tryNextAddress(race.slot, after: .connectTimeout)
            if hasUntriedAddress(race.slot) { addRace(race.slot) }
        }
        if nextRace > 1000 || nextRace == races.count {
            races.removeFirst(nextRace)
            nextRace = 0
        }
    }
}
