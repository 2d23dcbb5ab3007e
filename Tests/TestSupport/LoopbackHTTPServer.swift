import Foundation
import Synchronization

/// A small HTTP/1.1 server on a free loopback port whose every answer is scripted by the test: status, delays, resets,
/// bodies that end too early, bytes that are no HTTP at all. One thread for each connection; `stop` (or letting it go)
/// ends them.
public final class LoopbackHTTPServer: Sendable {
    /// A request as it arrived.
    public struct Request: Sendable {
        public var method: String
        /// Path and query, undecoded.
        public var target: String
        public var headers: [(name: String, value: String)]
        public var body: [UInt8]
        /// Counts connections from 0: equal numbers mean a connection that was kept open.
        public var connection: Int

        public var path: String { String(target.prefix { $0 != "?" }) }

        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// What the server does in turn to answer one request.
    public struct Reply: Sendable {
        public enum Step: Sendable {
            case send([UInt8])
            case wait(Duration)
            /// Closes with RST.
            case reset
            case close
        }

        public var steps: [Step]
        public init(steps: [Step]) { self.steps = steps }

        /// A complete answer with its length.
        public static func response(
            _ status: Int = 200, headers: [(String, String)] = [], body: String = "", after delay: Duration = .zero
        ) -> Reply {
            response(status, headers: headers, bytes: Array(body.utf8), after: delay)
        }

        public static func response(
            _ status: Int = 200, headers: [(String, String)] = [], bytes: [UInt8], after delay: Duration = .zero
        ) -> Reply {
            var head = "HTTP/1.1 \(status) Scripted\r\nContent-Length: \(bytes.count)\r\n"
            for (name, value) in headers { head += "\(name): \(value)\r\n" }
            let answer = Step.send(Array("\(head)\r\n".utf8) + bytes)
            return Reply(steps: delay == .zero ? [answer] : [.wait(delay), answer])
        }

        public static func json(_ text: String, status: Int = 200, after delay: Duration = .zero) -> Reply {
            response(status, headers: [("Content-Type", "application/json")], body: text, after: delay)
        }

        /// Bytes as they stand, then the connection closes.
        public static func raw(_ text: String) -> Reply { Reply(steps: [.send(Array(text.utf8)), .close]) }
        public static let reset = Reply(steps: [.reset])
        public static let silence = Reply(steps: [.close])
    }

    public let port: Int
    public var url: String { "\(secured == nil ? "http" : "https")://\(isIPv6 ? "[::1]" : "127.0.0.1"):\(port)" }
    private let isIPv6: Bool
    private let secured: ServerTLS?

    private let respond: @Sendable (Request) -> Reply
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var open: Set<Int32> = []
        var requests: [Request] = []
        var connections = 0
        var isStopped = false
    }

    /// - Parameters:
    ///   - recordsRequests: keeps every request for the test to look at; switch it off under load.
    ///   - isIPv6: listens on `::1` instead of 127.0.0.1.
    ///   - port: a free one by default.
    ///   - certificate: shown over TLS; nil serves without TLS.
    public init(
        recordsRequests: Bool = true, isIPv6: Bool = false, port: Int = 0, certificate: TestCertificate? = nil,
        respond: @escaping @Sendable (Request) -> Reply
    ) throws {
        self.respond = respond
        self.isIPv6 = isIPv6
        secured = try certificate.map(ServerTLS.init)
        (listener, self.port) = try isIPv6 ? Self.listenIPv6(port) : Self.listen(port)
        let listener = listener
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { break }
                serve(connection, recordsRequests: recordsRequests)
            }
            close(listener)
        }
    }

    deinit { stop() }

    /// All requests so far, in order of arrival.
    public var requests: [Request] { state.withLock { $0.requests } }
    /// How many connections were accepted so far.
    public var connections: Int { state.withLock { $0.connections } }

    /// Ends all connections, and refuses new ones.
    public func stop() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listener, Int32(SHUT_RDWR))
            state.open.forEach { _ = shutdown($0, Int32(SHUT_RDWR)) }
        }
    }

    private static func listen(_ port: Int) throws -> (Int32, Int) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = try listen(&address, AF_INET)
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func listenIPv6(_ port: Int) throws -> (Int32, Int) {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = UInt16(port).bigEndian
        inet_pton(AF_INET6, "::1", &address.sin6_addr)
        let descriptor = try listen(&address, AF_INET6)
        return (descriptor, Int(UInt16(bigEndian: address.sin6_port)))
    }

    /// Listens, and fills in the port that the system chose.
    private static func listen<Address>(_ address: inout Address, _ family: Int32) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var length = socklen_t(MemoryLayout<Address>.size)
        let succeeded = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && Glibc.listen(descriptor, 1024) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard descriptor >= 0, succeeded else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return descriptor
    }

    private func serve(_ descriptor: Int32, recordsRequests: Bool) {
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let number = state.withLock { state in
            state.open.insert(descriptor)
            state.connections += 1
            return state.isStopped ? nil : state.connections - 1
        }
        Thread.detachNewThread { [self] in
            let session = secured?.accept(descriptor)
            if let number, secured == nil || session != nil {
                var reader = RequestReader(descriptor: descriptor, session: session, connection: number)
                while let request = reader.next() {
                    if recordsRequests { state.withLock { $0.requests.append(request) } }
                    guard perform(respond(request), on: descriptor, session) else { break }
                }
            }
            session?.end()
            state.withLock { state in
                state.open.remove(descriptor)
                close(descriptor)
            }
        }
    }

    /// False when the connection is over.
    private func perform(_ reply: Reply, on descriptor: Int32, _ session: ServerTLS.Session?) -> Bool {
        for step in reply.steps {
            switch step {
            case .send(let bytes):
                guard session?.send(bytes) ?? send(bytes, to: descriptor) else { return false }
            case .wait(let duration):
                let end = ContinuousClock.now + duration
                while ContinuousClock.now < end {
                    if state.withLock({ $0.isStopped }) { return false }
                    let left = min(.milliseconds(50), end - .now).components
                    usleep(UInt32(max(0, left.attoseconds / 1_000_000_000_000)))
                }
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                session?.forget()
                return false
            case .close:
                return false
            }
        }
        return true
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, buffer.baseAddress.map { $0 + offset }, bytes.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }
}

/// Reads requests one after the other from a connection: head, then a body of known length or in chunks.
private struct RequestReader {
    let descriptor: Int32
    let session: ServerTLS.Session?
    let connection: Int
    private var buffer: [UInt8] = []

    init(descriptor: Int32, session: ServerTLS.Session?, connection: Int) {
        self.descriptor = descriptor
        self.session = session
        self.connection = connection
    }

    mutating func next() -> LoopbackHTTPServer.Request? {
        guard let head = take(through: Array("\r\n\r\n".utf8)) else { return nil }
        var lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
        guard !lines.isEmpty else { return nil }
        let words = lines.removeFirst().split(separator: " ")
        guard words.count == 3 else { return nil }
        var request = LoopbackHTTPServer.Request(
            method: String(words[0]), target: String(words[1]),
            headers: lines.map { line in
                let colon = line.firstIndex(of: ":") ?? line.endIndex
                return (String(line[..<colon]), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
            }, body: [], connection: connection)
        if request.header("Transfer-Encoding")?.lowercased() == "chunked" {
            while let size = take(through: Array("\r\n".utf8)).map({ String(decoding: $0.dropLast(2), as: UTF8.self) })
            {
                guard let count = Int(size, radix: 16), let piece = take(count + 2) else { return nil }
                if count == 0 { break }
                request.body += piece.dropLast(2)
            }
        } else if let length = request.header("Content-Length").flatMap(Int.init) {
            guard let body = take(length) else { return nil }
            request.body = body
        }
        return request
    }

    private mutating func take(through mark: [UInt8]) -> [UInt8]? {
        var searched = 0
        while true {
            if let range = buffer[searched...].firstRange(of: mark) { return take(range.upperBound) }
            searched = max(0, buffer.count - mark.count)
            guard fill() else { return nil }
        }
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        while buffer.count < count { guard fill() else { return nil } }
        let taken = Array(buffer[..<count])
        buffer.removeFirst(count)
        return taken
    }

    private mutating func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = session?.receive(&chunk, chunk.count) ?? recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }
}
