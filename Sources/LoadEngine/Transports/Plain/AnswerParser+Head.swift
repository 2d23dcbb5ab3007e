import Glibc

extension AnswerParser {
    private static let versionPrefix: StaticString = "HTTP/1."

    /// Whether a line that has only begun can become a status line: noise without a line end is not waited for.
    static func mayBeStatusLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let count = min(bytes.count, versionPrefix.utf8CodeUnitCount)
        guard count > 0, let start = bytes.baseAddress else { return true }
        return memcmp(start, versionPrefix.utf8Start, count) == 0
    }

    /// `HTTP/1.1 200 OK`; the reason may be missing, and its blank too.
    mutating func passStatusLine(_ line: UnsafeRawBufferPointer) -> Problem? {
        guard line.count >= 12, Self.mayBeStatusLine(line), let minor = Self.digit(line[7]), line[8] == 0x20,
            let hundreds = Self.digit(line[9]), let tens = Self.digit(line[10]), let ones = Self.digit(line[11]),
            line.count == 12 || line[12] == 0x20
        else { return .malformed }
        status = hundreds * 100 + tens * 10 + ones
        guard status >= 100 else { return .malformed }
        isVersion10 = minor == 0
        isFramingField = false
        phase = .fields
        return nil
    }

    /// One field. Only those that say how the answer is framed are looked at; they are told apart by length first.
    mutating func passField(_ line: UnsafeRawBufferPointer) -> Problem? {
        guard let start = line.baseAddress, memchr(start, 0, line.count) == nil else { return .malformed }
        if line[0] == 0x20 || line[0] == 0x09 { return isFramingField ? .malformed : nil }
        isFramingField = false
        guard let colon = memchr(start, 0x3A, line.count) else { return .malformed }
        let count = UnsafeRawPointer(colon) - start
        guard count > 0, line[count - 1] != 0x20, line[count - 1] != 0x09 else { return .malformed }
        guard count == 10 || count == 14 || count == 17 else { return nil }
        let name = UnsafeRawBufferPointer(start: start, count: count)
        let value = UnsafeRawBufferPointer(rebasing: line[(count + 1)...])
        switch count {
        case 10 where name.isWord("connection"):
            isFramingField = true
            passConnection(value)
        case 14 where name.isWord("content-length"):
            isFramingField = true
            return passContentLength(value.trimmed)
        case 17 where name.isWord("transfer-encoding"):
            isFramingField = true
            return passTransferEncoding(value)
        default: break
        }
        return nil
    }

    /// RFC 9112 §6.3, case 5: anything but one number, said as often as one likes, cannot be trusted.
    private mutating func passContentLength(_ value: UnsafeRawBufferPointer) -> Problem? {
        guard (1...18).contains(value.count) else { return .malformed }
        var number = 0
        for byte in value {
            guard let digit = Self.digit(byte) else { return .malformed }
            number = number * 10 + digit
        }
        guard length == nil || length == number else { return .malformed }
        length = number
        return nil
    }

    /// Chunks, and nothing else: no other coding was asked for.
    private mutating func passTransferEncoding(_ value: UnsafeRawBufferPointer) -> Problem? {
        var problem: Problem?
        value.forEachWord { word in
            if word.isWord("chunked") && !isChunked {
                isChunked = true
            } else if !word.isWord("identity") {
                problem = .malformed
            }
        }
        return problem
    }

    private mutating func passConnection(_ value: UnsafeRawBufferPointer) {
        value.forEachWord { word in
            if word.isWord("close") { keepsConnection = false }
            if word.isWord("keep-alive") { asksToKeep = true }
        }
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }
}

extension UnsafeRawBufferPointer {
    /// Compares without regard to case with a lower-case word.
    fileprivate func isWord(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            let byte = self[index]
            let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            guard lower == word.utf8Start[index] else { return false }
        }
        return true
    }

    fileprivate var trimmed: UnsafeRawBufferPointer {
        var (start, end) = (0, count)
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while start < end, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    /// What stands between commas, without blanks around; empty words left out.
    fileprivate func forEachWord(_ take: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        while start < count {
            var end = start
            while end < count, self[end] != UInt8(ascii: ",") { end += 1 }
            let word = UnsafeRawBufferPointer(rebasing: self[start..<end]).trimmed
            if !word.isEmpty { take(word) }
            start = end + 1
        }
    }
}
