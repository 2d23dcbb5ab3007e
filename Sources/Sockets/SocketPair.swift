import Glibc

/// Two connected local sockets that carry one bit: "look again". A socket pair rather than a pipe, because a write to a
/// socket can be kept from raising SIGPIPE.
final class SocketPair: Sendable {
    let sender: Int32
    let receiver: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        if socketpair(AF_UNIX, kind, 0, &ends) != 0 { ends = [-1, -1] }
        sender = ends[0]
        receiver = ends[1]
    }

    deinit {
        close(sender)
        close(receiver)
    }

    func signal() {
        var byte: UInt8 = 1
        _ = send(sender, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while recv(receiver, &bytes, bytes.count, 0) > 0 {}
    }
}
