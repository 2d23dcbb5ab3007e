import Glibc

/// Reads one HTTP/1.1 answer (RFC 9112), however its bytes are cut into pieces. Allocates nothing.
///
/// Lenient where servers are sloppy without harm (bare line feeds, unknown fields), strict where a sloppy length would make
/// one answer run into the next: two different lengths, a length beside chunks, a length that is no number.
struct AnswerParser {
    enum Problem {
        /// Not a byte came.
        case empty
        /// It ended before its announced end.
        case truncated
        case malformed
        case headersTooLarge
        case bodyTooLarge
    }

    enum Step {
        case needsMore
        case done
        case failed(Problem)
    }

    enum Phase {
        case statusLine, fields, body, untilClose, chunkSize, chunk, chunkEnd, trailers, done
    }

    /// Longer lines before a chunk are no chunk sizes.
    static let longestChunkLine = 4096

    let maximumHeaderBytes: Int
    let maximumHeaderCount: Int
    private let isHead: Bool

    var status = 0
    /// Whether the connection may carry another answer after this one.
    var keepsConnection = true
    var phase = Phase.statusLine
    var length: Int?
    var isChunked = false
    var isVersion10 = false
    var asksToKeep = false
    /// The last field said how long the answer is, or how it is sent: it must not go on in another line.
    var isFramingField = false
    /// Bytes left of the body or of the chunk.
    private var remaining = 0
    private var headerBytes = 0
    private var headerCount = 0

    init(isHead: Bool, maximumHeaderBytes: Int, maximumHeaderCount: Int) {
        self.isHead = isHead
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumHeaderCount = maximumHeaderCount
    }

    /// Takes what has arrived. What was not consumed is the beginning of a line: it is to be given again with what follows
    /// it. After `done`, it belongs to no answer.
    ///
    /// - Parameter take: gets pieces of the body; false when it is too large.
    mutating func consume(
        _ input: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Bool
    ) -> (consumed: Int, step: Step) {
        var position = 0
        while phase != .done {
            switch phase {
            case .body, .chunk, .untilClose:
                guard position < input.count else { return (position, .needsMore) }
                let count = phase == .untilClose ? input.count - position : min(remaining, input.count - position)
                let piece = UnsafeRawBufferPointer(rebasing: input[position..<position + count])
                guard take(piece) else { return (position, .failed(.bodyTooLarge)) }
                position += count
                passBody(count)
            default:
                let rest = UnsafeRawBufferPointer(rebasing: input[position...])
                guard let line = Self.line(rest) else { return (position, pending(rest)) }
                position += line.length
                if let problem = pass(line.content, line.length) { return (position, .failed(problem)) }
            }
        }
        return (position, .done)
    }

    /// What it means that the connection has ended here; nil when the answer is whole.
    func problemAtEnd(hasReceived: Bool) -> Problem? {
        switch phase {
        case .untilClose, .done: nil
        case .statusLine, .fields: hasReceived ? .malformed : .empty
        case .body, .chunkSize, .chunk, .chunkEnd, .trailers: .truncated
        }
    }

    private mutating func passBody(_ count: Int) {
        guard phase != .untilClose else { return }
        remaining -= count
        if remaining == 0 { phase = phase == .body ? .done : .chunkEnd }
    }

    /// Up to the next line feed, with and without its end.
    private static func line(_ rest: UnsafeRawBufferPointer) -> (content: UnsafeRawBufferPointer, length: Int)? {
        guard let start = rest.baseAddress, let end = memchr(start, 0x0A, rest.count) else { return nil }
        let length = UnsafeRawPointer(end) - start
        let hasReturn = length > 0 && rest[length - 1] == 0x0D
        return (UnsafeRawBufferPointer(start: start, count: hasReturn ? length - 1 : length), length + 1)
    }

    /// A line that has only begun: more is needed, unless it is already wrong.
    private func pending(_ rest: UnsafeRawBufferPointer) -> Step {
        switch phase {
        case .chunkSize: rest.count > Self.longestChunkLine ? .failed(.malformed) : .needsMore
        case .chunkEnd: rest.isEmpty || rest.count == 1 && rest[0] == 0x0D ? .needsMore : .failed(.malformed)
        case .statusLine where !Self.mayBeStatusLine(rest): .failed(.malformed)
        default: headerBytes + rest.count > maximumHeaderBytes ? .failed(.headersTooLarge) : .needsMore
        }
    }

    private mutating func pass(_ line: UnsafeRawBufferPointer, _ length: Int) -> Problem? {
        switch phase {
        case .chunkSize: return passChunkSize(line)
        case .chunkEnd:
            phase = .chunkSize
            return line.isEmpty ? nil : .malformed
        default: break
        }
        headerBytes += length
        guard headerBytes <= maximumHeaderBytes else { return .headersTooLarge }
        if phase == .statusLine { return passStatusLine(line) }
        if line.isEmpty { return passEndOfFields() }
        headerCount += 1
        guard headerCount <= maximumHeaderCount else { return .headersTooLarge }
        return phase == .trailers ? nil : passField(line)
    }

    private mutating func passChunkSize(_ line: UnsafeRawBufferPointer) -> Problem? {
        guard let size = ChunkSize.read(line) else { return .malformed }
        remaining = size
        phase = size == 0 ? .trailers : .chunk
        return nil
    }

    private mutating func passEndOfFields() -> Problem? {
        if phase == .trailers {
            phase = .done
            return nil
        }
        if isChunked && length != nil { return .malformed }
        if (100..<200).contains(status) && status != 101 {
            // Interim: the answer is still to come.
            (length, isChunked, phase) = (nil, false, .statusLine)
            return nil
        }
        if isVersion10 && (isChunked || !asksToKeep) { keepsConnection = false }
        phase = phaseAfterHead
        if phase == .untilClose || status == 101 { keepsConnection = false }
        remaining = length ?? 0
        return nil
    }

    /// RFC 9112 §6.3.
    private var phaseAfterHead: Phase {
        if isHead || status == 204 || status == 304 || status == 101 { return .done }
        if isChunked { return .chunkSize }
        guard let length else { return .untilClose }
        return length == 0 ? .done : .body
    }
}

/// The line before a chunk: hexadecimal digits, then perhaps an extension, which means nothing to us.
enum ChunkSize {
    static func read(_ line: UnsafeRawBufferPointer) -> Int? {
        var size = 0
        var digits = 0
        for byte in line {
            guard let digit = value(byte) else {
                guard byte == UInt8(ascii: ";") || byte == 0x20 || byte == 0x09 else { return nil }
                break
            }
            // Fifteen digits are a million terabytes, and do not overflow.
            digits += 1
            guard digits <= 15 else { return nil }
            size = size << 4 | digit
        }
        return digits > 0 ? size : nil
    }

    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
