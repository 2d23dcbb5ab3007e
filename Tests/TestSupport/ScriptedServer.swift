import Foundation

/// A TCP server on loopback that treats every connection as `answer` says; for peers that misbehave.
public final class ScriptedServer: Sendable {
    /// What happens to a connection.
    public enum Behaviour: Sendable {
        /// Accepts and never says a word.
        case silent
        /// Closes at once.
        case hangUp
        /// Waits for the first bytes, sends these, closes.
        case reply([UInt8])
        /// Waits for the first bytes, then repeats these until the peer has had enough.
        case flood([UInt8])
    }

    public let port: Int
    private let descriptor: Int32

    public init(_ behaviour: Behaviour) throws {
        let port = try ServerProcess.freePort()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(listener, 64) == 0 else {
            close(listener)
            throw TestServerError("cannot listen on port \(port)")
        }
        self.port = port
        descriptor = listener
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { Self.treat(connection, behaviour) }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    private static func treat(_ connection: Int32, _ behaviour: Behaviour) {
        defer { close(connection) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        switch behaviour {
        case .hangUp: return
        case .silent: while recv(connection, &buffer, buffer.count, 0) > 0 {}
        case .reply(let bytes):
            guard recv(connection, &buffer, buffer.count, 0) > 0 else { return }
            _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        case .flood(let bytes):
            guard recv(connection, &buffer, buffer.count, 0) > 0 else { return }
            while send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0 {}
        }
    }
}
