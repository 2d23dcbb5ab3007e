import CPostgres
import Formats
import Sockets

/// One connection to a PostgreSQL server through libpq's non-blocking calls. Waiting happens in `SocketReadiness`; one
/// query runs at a time.
public actor PostgresConnection {
    /// What is known once a connection stands.
    public struct Session: Sendable, Equatable {
        /// For example 150018 for 15.18.
        public var serverVersion: Int
        /// The version in the server's own words.
        public var serverVersionText: String
        public var backendProcess: Int
        /// `TLSv1.3`, nil when the connection is not encrypted.
        public var tlsVersion: String?
        public var tlsCipher: String?
        /// The address that answered; nil for a Unix socket.
        public var address: String?
        public var nameResolution: Duration
        public var connect: Duration
    }

    public nonisolated let session: Session
    public nonisolated let configuration: PostgresConfiguration
    var handle: ConnectionHandle?
    var isBusy = false

    init(handle: ConnectionHandle, session: Session, configuration: PostgresConfiguration) {
        self.handle = handle
        self.session = session
        self.configuration = configuration
    }

    /// Ends the connection. Harmless when it has ended already.
    public func close() {
        // The handle is freed when a query that still runs lets go of it.
        handle = nil
    }
}

extension PostgresConnection {
    /// Connects to the first address of the host that answers. Refused and silent addresses are passed over, an answer of
    /// a server (wrong password, missing database) is final.
    public static func connect(
        _ configuration: PostgresConfiguration, deadline: Duration
    ) async throws(PostgresError) -> PostgresConnection {
        let start = ContinuousClock.now
        let end = start.advanced(by: deadline)
        let addresses = try await addresses(of: configuration, within: deadline)
        let resolved = ContinuousClock.now
        var failures: [PostgresError] = []
        for (index, address) in addresses.enumerated() {
            // Every address left gets an equal share of the time left, so that a silent first one starves none.
            let now = ContinuousClock.now
            let share = now.advanced(by: now.duration(to: end) / (addresses.count - index))
            do throws(PostgresError) {
                let handle = try await open(configuration, address: address, until: share, limit: deadline)
                let session = session(
                    of: handle, address: address, nameResolution: start.duration(to: resolved),
                    connect: resolved.duration(to: .now))
                return PostgresConnection(handle: handle, session: session, configuration: configuration)
            } catch {
                guard error.isReachability else { throw error }
                failures.append(error)
            }
        }
        throw merged(failures, configuration)
    }

    private static func addresses(
        of configuration: PostgresConfiguration, within limit: Duration
    ) async throws(PostgresError) -> [String?] {
        if configuration.host.hasPrefix("/") { return [nil] }
        do throws(NameResolutionError) {
            return try await NameResolver.addresses(of: configuration.host, within: limit).map(\.text)
        } catch {
            let kind: PostgresError.Kind =
                switch error.kind {
                case .timeout: .timeout
                case .cancelled: .cancelled
                default: .nameNotResolved
                }
            throw PostgresError(kind: kind, message: error.description)
        }
    }

    private static func merged(_ failures: [PostgresError], _ configuration: PostgresConfiguration) -> PostgresError {
        guard let first = failures.first else {
            return PostgresError(kind: .nameNotResolved, message: "\(configuration.host) has no address")
        }
        if failures.count == 1 { return first }
        let texts = failures.map(\.message).joined(separator: "; ")
        return PostgresError(kind: first.kind, message: texts)
    }

    private static func open(
        _ configuration: PostgresConfiguration, address: String?, until end: ContinuousClock.Instant, limit: Duration
    ) async throws(PostgresError) -> ConnectionHandle {
        let parameters = configuration.parameters(address: address)
        guard
            let handle = ConnectionHandle(
                starting: parameters, allowsCleartextPassword: configuration.allowsCleartextPassword)
        else { throw PostgresError(kind: .protocol, message: "libpq could not allocate a connection") }
        let place = address.map { NetworkAddress(host: $0, port: configuration.port).description } ?? configuration.host
        guard PQstatus(handle.pointer) != CONNECTION_BAD else {
            throw PostgresError(connecting: handle.errorMessage, password: configuration.password)
        }
        do throws(ConnectionHandle.Stop) {
            if try await negotiate(handle, until: end) { return handle }
        } catch {
            switch error {
            case .waited(.cancelled):
                throw PostgresError(kind: .cancelled, message: "cancelled while connecting to \(place)")
            case .waited: throw PostgresError(kind: .timeout, message: "no connection to \(place) within \(limit)")
            case .refused(.cleartextPassword): throw .cleartextPassword(at: place)
            case .refused(.notTheProtocol): throw .notTheProtocol(at: place)
            case .noDescriptors(let code): throw .noDescriptors(code, for: place)
            }
        }
        throw PostgresError(connecting: handle.errorMessage, password: configuration.password)
    }

    /// Takes libpq through the log-in.
    ///
    /// - Returns: whether the connection stands; if not, libpq says why.
    private static func negotiate(
        _ handle: ConnectionHandle, until end: ContinuousClock.Instant
    ) async throws(ConnectionHandle.Stop) -> Bool {
        // libpq asks for the socket to be writable before the first call of PQconnectPoll.
        var isReading = false
        var received = 0
        while true {
            try await handle.meterConnection(until: end)
            if isReading {
                received += try await handle.receive(until: end)
                guard received <= largestLogIn else { throw .refused(.notTheProtocol) }
            }
            let progress = PQconnectPoll(handle.pointer)
            if progress == PGRES_POLLING_OK { PQsetnonblocking(handle.pointer, 1) }
            try await handle.send(until: end)
            switch progress {
            case PGRES_POLLING_OK: return true
            case PGRES_POLLING_READING: isReading = true
            case PGRES_POLLING_WRITING: isReading = false
            default: return false
            }
        }
    }

    /// The most that a server may send before the session stands: a chain of certificates and its settings take some 10 KB.
    private static let largestLogIn = 1 << 20

    private static func session(
        of handle: ConnectionHandle, address: String?, nameResolution: Duration, connect: Duration
    ) -> Session {
        func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
        let isEncrypted = PQsslInUse(handle.pointer) == 1
        return Session(
            serverVersion: Int(PQserverVersion(handle.pointer)),
            serverVersionText: text(PQparameterStatus(handle.pointer, "server_version")) ?? "unknown",
            backendProcess: Int(PQbackendPID(handle.pointer)),
            tlsVersion: isEncrypted ? text(PQsslAttribute(handle.pointer, "protocol")) : nil,
            tlsCipher: isEncrypted ? text(PQsslAttribute(handle.pointer, "cipher")) : nil,
            address: address, nameResolution: nameResolution, connect: connect)
    }
}
