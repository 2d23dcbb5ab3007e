import Formats
import HTTPClient
import Sockets

/// One server of a run: its addresses, the open connections that wait for a request, and the requests that wait for an
/// address.
struct Origin {
    /// Names are looked up again for connections that are opened after so long.
    private static let addressLife: Int64 = 60_000_000_000
    /// Requests keep deadlines of their own meanwhile.
    private static let lookupLimit = Duration.seconds(30)

    let host: String
    let port: Int
    /// The name that TLS asks for; nil without TLS.
    let secureName: String?
    let sessions: TLSSessionCache?
    private(set) var addresses: [SocketAddress] = []
    /// Index of the address that last accepted a connection.
    var preferred = 0
    /// Open and unused, the last used last.
    private(set) var idle: [PlainConnection.Pointer] = []
    var waiting: [TransferSlot<PlainExchange>.Pointer] = []
    private var lookup: AddressLookup?
    private var lookedUpAt: Int64 = 0
    private let isNumeric: Bool

    /// - Parameter keepsSessions: whether later connections resume the TLS sessions of earlier ones.
    init(_ server: PlainTarget.Server, keepsSessions: Bool) {
        host = server.host
        port = server.port
        secureName = server.secureName
        sessions = server.secureName != nil && keepsSessions ? TLSSessionCache() : nil
        let address = IPAddress(host)
        isNumeric = address != nil
        if let address { addresses = [SocketAddress(address, port: port)] }
    }

    /// Starts a look-up when there are no addresses, or only old ones, which go on being used until it has ended.
    mutating func lookUpIfNeeded(_ now: Int64, bell: Bell) {
        guard !isNumeric, lookup == nil, addresses.isEmpty || now - lookedUpAt > Self.addressLife else { return }
        lookup = AddressLookup(host, within: Self.lookupLimit, bell: bell)
    }

    /// Takes what a look-up has found. Gives the reason when it failed and there is nothing to fall back on.
    mutating func takeAddresses(_ now: Int64) -> HTTPError.Code? {
        guard let result = lookup?.result else { return nil }
        lookup = nil
        switch result {
        case .success(let found):
            addresses = found.map { SocketAddress($0, port: port) }
            preferred = 0
            lookedUpAt = now
            return nil
        case .failure(let error):
            lookedUpAt = now
            guard addresses.isEmpty else { return nil }
            return error.kind == .timeout ? .resolveTimeout : .couldNotResolve
        }
    }

    var isLookingUp: Bool { lookup != nil }

    mutating func addIdle(_ connection: PlainConnection.Pointer) {
        connection.pointee.idleIndex = idle.count
        idle.append(connection)
    }

    mutating func takeIdle() -> PlainConnection.Pointer? { idle.popLast() }

    mutating func removeIdle(_ connection: PlainConnection.Pointer) {
        let index = connection.pointee.idleIndex
        guard let last = idle.popLast(), last != connection else { return }
        idle[index] = last
        last.pointee.idleIndex = index
    }
}
