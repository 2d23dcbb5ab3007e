/// Recognises a text whatever escaping it went through on its way.
///
/// Encoders differ in what they escape (RFC 3986 §2.3 leaves `!` open, JavaScript does not touch it; some JSON writers escape
/// `/` and everything beyond ASCII), and texts are quoted within quoted texts. So each character is accepted as it is, as
/// `%XX`, as a JSON escape behind any number of backslashes, as an HTML entity, and a space also as `+`.
enum EscapedText {
    /// The bytes with which an occurrence may begin.
    static func firstBytes(of text: [UInt8]) -> Set<UInt8> {
        guard let first = text.first else { return [] }
        var bytes: Set<UInt8> = [first, UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "&")]
        if first == UInt8(ascii: " ") { bytes.insert(UInt8(ascii: "+")) }
        return bytes
    }

    /// Where an occurrence of the text that begins at a position ends; nil when none begins there.
    static func end(
        of text: [UInt8], from start: Int = 0, in buffer: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> Int? {
        var index = start
        var position = position
        while index < text.count {
            guard position < buffer.count else { return nil }
            let escaped = escaped(text, from: index, in: buffer, at: position)
            if buffer[position] == text[index], text[index] != UInt8(ascii: "\\") {
                // `%` and `&` stand for themselves or begin an escape of themselves: both readings are tried.
                if let escaped,
                    let end = end(of: text, from: index + escaped.matched, in: buffer, at: position + escaped.read)
                {
                    return end
                }
                index += 1
                position += 1
            } else if let escaped {
                index += escaped.matched
                position += escaped.read
            } else {
                return nil
            }
        }
        return position
    }

    /// Whether the byte is a backslash that follows another one.
    static func isInsideRun(_ buffer: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        let backslash = UInt8(ascii: "\\")
        return buffer[position] == backslash && position > 0 && buffer[position - 1] == backslash
    }

    private typealias Step = (matched: Int, read: Int)

    private static func escaped(
        _ text: [UInt8], from index: Int, in buffer: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> Step? {
        let wanted = text[index]
        switch buffer[position] {
        case UInt8(ascii: "\\"): return backslashes(of: text, from: index, in: buffer, at: position)
        case UInt8(ascii: "%"):
            let isEscape = number(in: buffer, at: position + 1, digits: 2) == Int(wanted)
            return isEscape ? (1, 3) : nil
        case UInt8(ascii: "+"): return wanted == UInt8(ascii: " ") ? (1, 1) : nil
        case UInt8(ascii: "&"): return entity(wanted, in: buffer, at: position)
        default: return nil
        }
    }

    /// A run of backslashes stands for those of the text, doubled or not, and what is left of it announces an escaped
    /// character.
    private static func backslashes(
        of text: [UInt8], from index: Int, in buffer: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> Step? {
        let backslash = UInt8(ascii: "\\")
        var after = position
        while after < buffer.count, buffer[after] == backslash { after += 1 }
        let length = after - position
        let own = text[index...].prefix { $0 == backslash }.count
        guard length >= own else { return nil }
        if length > own, after < buffer.count, index + own < text.count,
            let announced = announced(text, from: index + own, in: buffer, at: after)
        {
            return (own + announced.matched, length + announced.read)
        }
        return own > 0 ? (own, length) : nil
    }

    /// A character whose escape a backslash has announced: `n`, `u00e9`, or the character itself.
    private static func announced(
        _ text: [UInt8], from index: Int, in buffer: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> Step? {
        if buffer[position] == UInt8(ascii: "u"), let escape = unicodeEscape(in: buffer, at: position) {
            let utf8 = Array(String(escape.scalar).utf8)
            if text[index...].starts(with: utf8) { return (utf8.count, escape.read) }
        }
        let isMatch = buffer[position] == text[index] || controls[buffer[position]] == text[index]
        return isMatch ? (1, 1) : nil
    }

    private static let controls: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "b"): 0x08,
        UInt8(ascii: "f"): 0x0C,
    ]

    /// `uXXXX`, or two of them that form one character beyond the basic plane (RFC 8259 §7).
    private static func unicodeEscape(
        in buffer: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> (scalar: Unicode.Scalar, read: Int)? {
        guard let unit = number(in: buffer, at: position + 1, digits: 4) else { return nil }
        if let scalar = Unicode.Scalar(unit) { return (scalar, 5) }
        var next = position + 5
        while next < buffer.count, buffer[next] == UInt8(ascii: "\\") { next += 1 }
        guard next < buffer.count, buffer[next] == UInt8(ascii: "u"),
            let second = number(in: buffer, at: next + 1, digits: 4), (0xDC00...0xDFFF).contains(second),
            (0xD800...0xDBFF).contains(unit),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (second - 0xDC00))
        else { return nil }
        return (scalar, next + 5 - position)
    }

    private static let entities: [UInt8: [[UInt8]]] = [
        UInt8(ascii: "&"): ["&amp;", "&#38;", "&#x26;"], UInt8(ascii: "<"): ["&lt;", "&#60;", "&#x3c;", "&#x3C;"],
        UInt8(ascii: ">"): ["&gt;", "&#62;", "&#x3e;", "&#x3E;"], UInt8(ascii: "\""): ["&quot;", "&#34;", "&#x22;"],
        UInt8(ascii: "'"): ["&#39;", "&#x27;", "&apos;"], UInt8(ascii: "/"): ["&#47;", "&#x2f;", "&#x2F;"],
        UInt8(ascii: "`"): ["&#96;", "&#x60;"], UInt8(ascii: "="): ["&#61;", "&#x3d;", "&#x3D;"],
        UInt8(ascii: "+"): ["&#43;", "&#x2b;", "&#x2B;"],
    ].mapValues { $0.map { Array($0.utf8) } }

    private static func entity(_ wanted: UInt8, in buffer: UnsafeBufferPointer<UInt8>, at position: Int) -> Step? {
        let rest = buffer[position...]
        return entities[wanted]?.first { rest.starts(with: $0) }.map { (1, $0.count) }
    }

    private static func number(in buffer: UnsafeBufferPointer<UInt8>, at position: Int, digits: Int) -> Int? {
        guard position + digits <= buffer.count else { return nil }
        var number = 0
        for byte in buffer[position..<position + digits] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            number = number << 4 | digit
        }
        return number
    }
}
