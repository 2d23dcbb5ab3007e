import Foundation
import Glibc
import Synchronization

/// A server that speaks PostgreSQL's protocol (version 3, PostgreSQL manual, chapter 55) and answers statements as the test says. It lets
/// everybody in, and has no TLS. For tests of what is made of such answers.
public final class PostgresDouble: Sendable {
    public let port: Int
    private let listener: Int32
    private let rows: @Sendable (String) -> [[String?]]
    /// Of an answer without rows.
    private let columns: Int

    /// - Parameters:
    ///   - columns: of every answer.
    ///   - rows: how many rows of NULL each answer has.
    public convenience init(columns: Int, rows: Int) throws {
        let row = [String?](repeating: nil, count: columns)
        try self.init(columns: columns) { _ in Array(repeating: row, count: rows) }
    }

    /// - Parameters:
    ///   - columns: of an answer without rows.
    ///   - rows: the answer to a statement, all values as text.
    public init(columns: Int = 1, rows: @escaping @Sendable (_ statement: String) -> [[String?]]) throws {
        (listener, port) = try LoopbackListener.open()
        self.columns = columns
        self.rows = rows
        LoopbackListener.serve(listener) { [self] in converse($0) }
    }

    deinit { stop() }

    public func stop() { _ = shutdown(listener, Int32(SHUT_RDWR)) }

    private func converse(_ descriptor: Int32) {
        // The start-up message has no letter. What asks for TLS first is told that there is none.
        while true {
            guard let body = message(descriptor, hasLetter: false)?.body else { return }
            let code = body.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
            if code == 80_877_103 || code == 80_877_104 {
                guard LoopbackListener.send([UInt8(ascii: "N")], to: descriptor) else { return }
                continue
            }
            if code == 80_877_102 { return }
            break
        }
        var greeting = Self.message("R", Self.number(0))
        for (name, value) in [
            ("server_version", "15.4"), ("server_encoding", "UTF8"), ("client_encoding", "UTF8"),
            ("standard_conforming_strings", "on"),
        ] {
            greeting += Self.message("S", Self.text(name) + Self.text(value))
        }
        greeting += Self.message("K", Self.number(1) + Self.number(1)) + Self.ready
        guard LoopbackListener.send(greeting, to: descriptor) else { return }
        var rows: [[String?]] = []
        while let (letter, body) = message(descriptor, hasLetter: true) {
            let answer: [UInt8]
            switch letter {
            case "P":
                // The statement's name, then its text.
                rows = self.rows(Self.text(body.drop { $0 != 0 }.dropFirst()))
                answer = Self.message("1", [])
            case "B": answer = Self.message("2", [])
            case "D": answer = description(rows)
            case "E": answer = Self.data(rows)
            case "S": answer = Self.ready
            case "Q":
                rows = self.rows(Self.text(body[...]))
                answer = description(rows) + Self.data(rows) + Self.ready
            case "X": return
            default: answer = []
            }
            guard LoopbackListener.send(answer, to: descriptor) else { return }
        }
    }

    private func description(_ rows: [[String?]]) -> [UInt8] {
        let columns = rows.first?.count ?? columns
        let fields = (0..<columns).flatMap { index -> [UInt8] in
            // Name, table, column, type text, size, modifier, format.
            Self.text("c\(index)") + Self.number(0) + [0, 0] + Self.number(25) + [0xFF, 0xFF] + Self.number(-1) + [
                0, 0,
            ]
        }
        return Self.message("T", [0, UInt8(columns)] + fields)
    }

    private static func data(_ rows: [[String?]]) -> [UInt8] {
        let lines = rows.flatMap { row in message("D", [0, UInt8(row.count)] + row.flatMap(value)) }
        return lines + message("C", text("SELECT \(rows.count)"))
    }

    private static func value(_ text: String?) -> [UInt8] {
        guard let text else { return number(-1) }
        return number(Int32(text.utf8.count)) + Array(text.utf8)
    }

    private static let ready = message("Z", [UInt8(ascii: "I")])

    private static func message(_ letter: Character, _ body: [UInt8]) -> [UInt8] {
        [letter.asciiValue ?? 0] + number(Int32(body.count + 4)) + body
    }

    private static func number(_ value: Int32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private func message(_ descriptor: Int32, hasLetter: Bool) -> (letter: Character, body: [UInt8])? {
        guard let head = LoopbackListener.read(hasLetter ? 5 : 4, from: descriptor) else { return nil }
        let length = head.suffix(4).reduce(0) { $0 << 8 | Int($1) }
        guard (4...(1 << 24)).contains(length), let body = LoopbackListener.read(length - 4, from: descriptor) else {
            return nil
        }
        return (hasLetter ? Character(UnicodeScalar(head[0])) : " ", body)
    }
}

/// A server that speaks Redis's protocol and whose INFO is the test's own. Every other command gets the answer that a server
/// without any data gives.
public final class RedisDouble: Sendable {
    public let port: Int
    private let listener: Int32
    private let information: String

    public init(information: String) throws {
        (listener, port) = try LoopbackListener.open()
        self.information = information
        LoopbackListener.serve(listener) { [self] in converse($0) }
    }

    deinit { stop() }

    public func stop() { _ = shutdown(listener, Int32(SHUT_RDWR)) }

    private func converse(_ descriptor: Int32) {
        while let words = command(descriptor) {
            let answer: String
            switch words.first?.uppercased() {
            case "PING": answer = "+PONG\r\n"
            case "INFO": answer = "$\(information.utf8.count)\r\n\(information)\r\n"
            case "LLEN", "EXISTS", "DEL": answer = ":0\r\n"
            case "TTL": answer = ":-2\r\n"
            case "GET": answer = "$-1\r\n"
            default: answer = "+OK\r\n"
            }
            guard LoopbackListener.send(Array(answer.utf8), to: descriptor) else { return }
        }
    }

    /// An array of bulk strings.
    private func command(_ descriptor: Int32) -> [String]? {
        guard let head = line(descriptor), head.first == "*", let count = Int(head.dropFirst()) else { return nil }
        var words: [String] = []
        for _ in 0..<count {
            guard let size = line(descriptor), let length = Int(size.dropFirst()),
                let bytes = LoopbackListener.read(length + 2, from: descriptor)
            else { return nil }
            words.append(String(decoding: bytes.dropLast(2), as: UTF8.self))
        }
        return words
    }

    private func line(_ descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        while bytes.suffix(2) != [13, 10] {
            guard let byte = LoopbackListener.read(1, from: descriptor), bytes.count < 1024 else { return nil }
            bytes += byte
        }
        return String(decoding: bytes.dropLast(2), as: UTF8.self)
    }
}

/// A listening socket on a free loopback port, with a thread for each connection.
enum LoopbackListener {
    static func open() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 256) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard descriptor >= 0, isBound else { throw TestServerError("no free port") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    static func serve(_ listener: Int32, _ converse: @escaping @Sendable (Int32) -> Void) {
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                // An answer goes out in pieces, which would wait for each other.
                var one: Int32 = 1
                setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
                Thread.detachNewThread {
                    converse(connection)
                    close(connection)
                }
            }
            close(listener)
        }
    }

    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let part = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard part > 0 else { return false }
            sent += part
        }
        return true
    }

    /// Nil when the connection ends first.
    static func read(_ count: Int, from descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let part = bytes[got...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard part > 0 else { return nil }
            got += part
        }
        return bytes
    }
}
