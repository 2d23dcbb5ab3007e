import Glibc

/// Free TCP ports of 127.0.0.1.
enum FreePorts {
    /// Below the ports that the kernel hands out for outgoing connections (32768 and up on Linux): a port from there
    /// could be taken between the search and the use.
    private static let range: Range<UInt16> = 20000..<32768

    /// `count` different ports, all of which could be bound at the same time.
    static func find(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for descriptor in sockets { close(descriptor) } }
        var ports: [Int] = []
        for _ in 0..<(count * 50) where ports.count < count {
            let port = UInt16.random(in: range)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw SandboxError.noFreePort }
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let code = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if code == 0 { ports.append(Int(port)) }
        }
        guard ports.count == count else { throw SandboxError.noFreePort }
        return ports
    }
}
