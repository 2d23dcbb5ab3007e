import Glibc

/// Stands between libpq and its server, so that libpq never gets more bytes at once than there is room for, and never a
/// request for the password in clear.
///
/// `PQconsumeInput` reads on for as long as bytes arrive: a server that sends fast makes it hold a row of a gigabyte before it
/// returns, and no setting of libpq bounds that. So once libpq's socket is connected, its number is given to one end of a
/// local pair (libpq treats a descriptor as any stream), and this type moves bytes between the other end and the server, a
/// piece at a time. TLS stays libpq's own and passes through as it is.
///
/// Used by one thread at a time, like the connection it belongs to; no call blocks.
final class MeteredSocket {
    /// What became of an attempt to move bytes.
    enum Movement: Equatable {
        case moved(Int)
        /// The server has nothing to read, or takes nothing at the moment.
        case wouldBlock
        case ended
        case refused(LogInInspection.Refusal)
    }

    /// The most that one step hands to libpq, in bytes. Below what a socket pair holds.
    static let pieceSize = 32 << 10

    /// The connection to the server.
    let server: Int32
    private let near: Int32
    /// The number by which the kernel knows libpq's end.
    private let identity: ino_t
    private var inspection: LogInInspection
    private var outgoing: ArraySlice<UInt8> = []
    private var hasEnded = false

    /// Takes the place of a connected socket of libpq's.
    ///
    /// - Returns: nil when the system does not let it; `errno` says why.
    init?(replacing descriptor: Int32, allowsCleartextPassword: Bool) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
        let server = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard server >= 0, let identity = Self.identity(of: ends[1]), dup2(ends[1], descriptor) >= 0 else {
            let reason = errno
            if server >= 0 { close(server) }
            for end in ends { close(end) }
            errno = reason
            return nil
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        close(ends[1])
        self.server = server
        self.identity = identity
        near = ends[0]
        inspection = LogInInspection(allowsCleartextPassword: allowsCleartextPassword)
    }

    deinit {
        close(near)
        close(server)
    }

    /// Whether a socket is connected; one that is not has failed.
    static func isConnected(_ descriptor: Int32) -> Bool {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &address) { bytes in
            getpeername(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length) == 0
        }
    }

    /// Whether libpq still uses the socket that was replaced: with `sslmode=prefer` it closes it and tries another.
    func serves(_ descriptor: Int32) -> Bool { Self.identity(of: descriptor) == identity }

    private static func identity(of descriptor: Int32) -> ino_t? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status.st_ino : nil
    }

    /// Hands libpq the next piece that the server has sent. The end of the connection is handed on too.
    func receive() -> Movement {
        guard !hasEnded else { return .ended }
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        let count = recv(server, &piece, piece.count, 0)
        if count < 0, errno == EAGAIN || errno == EINTR { return .wouldBlock }
        guard count > 0 else { return end() }
        if let refusal = inspection.read(piece[..<count]) { return .refused(refusal) }
        // libpq has taken all earlier pieces, so this one fits.
        return write(piece[..<count]) ? .moved(count) : end()
    }

    /// Hands the server what libpq has written.
    func send() -> Movement {
        var moved = 0
        while true {
            if outgoing.isEmpty {
                var piece = [UInt8](repeating: 0, count: Self.pieceSize)
                let count = recv(near, &piece, piece.count, 0)
                guard count > 0 else { return .moved(moved) }
                outgoing = piece[..<count]
            }
            let count = outgoing.withUnsafeBytes { Glibc.send(server, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return .wouldBlock }
            // The reason comes with the next read, which also has what the server said last.
            guard count > 0 else { return .ended }
            outgoing = outgoing.dropFirst(count)
            moved += count
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(near, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func end() -> Movement {
        hasEnded = true
        shutdown(near, Int32(SHUT_WR))
        return .ended
    }
}
