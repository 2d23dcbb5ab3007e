import Formats
import Glibc

/// An address and port as `connect` wants them.
package struct SocketAddress {
    package let family: Int32
    private var storage = sockaddr_storage()
    private let size: socklen_t

    package init(_ address: IPAddress, port: Int) {
        let networkPort = UInt16(truncatingIfNeeded: port).bigEndian
        let bytes = address.bytes
        if address.isIPv6 {
            var target = sockaddr_in6()
            target.sin6_family = sa_family_t(AF_INET6)
            target.sin6_port = networkPort
            withUnsafeMutableBytes(of: &target.sin6_addr) { $0.copyBytes(from: bytes) }
            target.sin6_scope_id = address.zone.map { UInt32($0) ?? if_nametoindex($0) } ?? 0
            (family, size) = (AF_INET6, socklen_t(MemoryLayout<sockaddr_in6>.size))
            store(&target)
        } else {
            var target = sockaddr_in()
            target.sin_family = sa_family_t(AF_INET)
            target.sin_port = networkPort
            withUnsafeMutableBytes(of: &target.sin_addr) { $0.copyBytes(from: bytes) }
            (family, size) = (AF_INET, socklen_t(MemoryLayout<sockaddr_in>.size))
            store(&target)
        }
    }

    private mutating func store<Target>(_ target: inout Target) {
        withUnsafeMutableBytes(of: &storage) { storage in
            withUnsafeBytes(of: &target) { storage.copyMemory(from: $0) }
        }
    }

    /// A socket that listens here, and its port; nil, with `errno`, when the system refuses.
    package func listener() -> (descriptor: Int32, port: Int)? {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let isBound = withUnsafeBytes(of: storage) { bytes in
            bind(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), size) == 0
        }
        var own = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isNamed = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        guard isBound, isNamed, listen(descriptor, 128) == 0 else {
            close(descriptor)
            return nil
        }
        // The port stands at the same place for both families.
        let port = withUnsafeBytes(of: own) { Int($0[2]) << 8 | Int($0[3]) }
        return (descriptor, port)
    }

    /// Begins a connection; the system's `errno` when it was refused at once.
    package func connect(_ descriptor: Int32) -> Int32? {
        let result = withUnsafeBytes(of: storage) { bytes in
            Glibc.connect(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
        }
        return result == 0 || errno == EINPROGRESS ? nil : errno
    }
}
