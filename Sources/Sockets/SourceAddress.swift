import Formats
import Glibc

/// Which of this machine's addresses the kernel would send from.
public enum SourceAddress {
    /// The own address on the way to another one; nil when there is no way. Nothing is sent.
    public static func toward(_ address: IPAddress) -> IPAddress? {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        // Connecting a datagram socket only has the kernel choose the route. Any port does.
        let target = SocketAddress(address, port: 9)
        let descriptor = socket(target.family, kind, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard target.connect(descriptor) == nil else { return nil }
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { own in
                guard getsockname(descriptor, own, &size) == 0 else { return nil }
                var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
                guard getnameinfo(own, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
                    return nil
                }
                return IPAddress(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
            }
        }
    }
}
