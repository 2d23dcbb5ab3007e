/// A text with its escapes resolved, however often it was escaped, and where each byte stood before.
///
/// Understood are percent escapes (RFC 3986 §2.1; twice and more; `%uXXXX`), the escapes of JSON, C, Swift and Python behind any
/// number of backslashes, and HTML's character references. A value that is decoded the same way reads the same, whatever
/// encoders did to it on its way: each of them only adds what is taken away here.
///
/// The result is a stack: whenever its end is an escape, the escape is replaced by what it stands for, which may complete the
/// next. Every replacement shortens the stack, so the time is linear.
struct DecodedText {
    private(set) var bytes: [UInt8]
    /// Of each byte, where in the text it or its escape begins; and the length of the text at the end.
    private(set) var starts: [Int32]

    /// Whether a text can hold an escape at all.
    static func hasEscapes(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        for byte in text where kinds[Int(byte)] == .opening { return true }
        return false
    }

    init(_ text: UnsafeBufferPointer<UInt8>) {
        var starts = [Int32](repeating: 0, count: text.count + 1)
        bytes = [UInt8](unsafeUninitializedCapacity: text.count) { bytes, count in
            starts.withUnsafeMutableBufferPointer { starts in
                guard let bytes = bytes.baseAddress, let starts = starts.baseAddress else { return }
                var stack = Stack(bytes: bytes, starts: starts)
                Self.kinds.withUnsafeBufferPointer { kinds in
                    for position in 0..<text.count {
                        stack.push(text[position], from: Int32(truncatingIfNeeded: position), kinds)
                    }
                }
                starts[stack.count] = Int32(truncatingIfNeeded: text.count)
                count = stack.count
            }
        }
        starts.removeLast(starts.count - bytes.count - 1)
        self.starts = starts
    }

    /// Whether a text holds `\x` and hexadecimal digits that are one literal, as PostgreSQL writes bytes, and not an escape of one
    /// byte.
    static func hasLongLiteral(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var position = 0
        while position + 9 < text.count {
            guard text[position] == backslash, text[position + 1] == UInt8(ascii: "x") else {
                position += 1
                continue
            }
            let digits = text[(position + 2)..<(position + 10)]
            if digits.allSatisfy({ $0.hexadecimal != nil }) { return true }
            position += 2
        }
        return false
    }

    static func decoded(_ text: [UInt8]) -> [UInt8] {
        text.withUnsafeBufferPointer { hasEscapes($0) ? DecodedText($0).bytes : text }
    }

    /// The length of the end of a decoded text that may be the beginning of an escape that what follows completes.
    static func openEscape(at end: [UInt8]) -> Int {
        guard let opening = end.lastIndex(where: { kinds[Int($0)] == .opening }) else { return 0 }
        let rest = end[(opening + 1)...]
        let isOpen =
            switch end[opening] {
            case UInt8(ascii: "&"): rest.count < longestReference && rest.allSatisfy(\.isReferenceByte)
            case UInt8(ascii: "%"): rest.count < 2 && rest.allSatisfy { $0.hexadecimal != nil }
            default: rest.count < 10 && rest.allSatisfy { $0.hexadecimal != nil || "uUx{".utf8.contains($0) }
            }
        return isOpen ? end.count - opening : 0
    }

    fileprivate enum Kind: UInt8 { case plain, hexadecimal, opening, closing }

    private static let kinds: [Kind] = (0...255).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "&"): .opening
        case UInt8(ascii: ";"), UInt8(ascii: "}"): .closing
        case let byte: byte.hexadecimal != nil ? .hexadecimal : .plain
        }
    }

    /// The longest character reference that is read, from the ampersand to the semicolon.
    fileprivate static let longestReference = 34
}

private let backslash = UInt8(ascii: "\\")

private struct Stack {
    let bytes: UnsafeMutablePointer<UInt8>
    let starts: UnsafeMutablePointer<Int32>
    var count = 0
    /// Where the last percent sign or backslash, and the last ampersand, were put; something else may stand there now.
    private var lastEscape = -100
    private var lastAmpersand = -100

    init(bytes: UnsafeMutablePointer<UInt8>, starts: UnsafeMutablePointer<Int32>) {
        self.bytes = bytes
        self.starts = starts
    }

    @inline(__always)
    mutating func push(_ byte: UInt8, from start: Int32, _ kinds: UnsafeBufferPointer<DecodedText.Kind>) {
        bytes[count] = byte
        starts[count] = start
        count += 1
        if kinds[Int(byte)] == .plain, count - 2 != lastEscape { return }
        var kind = kinds[Int(byte)]
        // A byte that an escape stood for may itself complete the escape before it.
        while let resolved = resolve(kind) {
            bytes[count] = resolved
            count += 1
            kind = kinds[Int(resolved)]
        }
    }

    /// Takes an escape off the end, if there is one, and leaves the start of what comes in its place.
    ///
    /// - Returns: the byte that it stands for; what is longer has been put there.
    private mutating func resolve(_ kind: DecodedText.Kind) -> UInt8? {
        let last = count - 1
        if last > 0, bytes[last - 1] == backslash {
            // Texts are quoted within quoted texts: a run of backslashes is one.
            if bytes[last] == backslash {
                count = last
                lastEscape = last - 1
                return nil
            }
            if let resolved = afterBackslash(last) { return resolved }
        }
        switch kind {
        case .opening:
            if bytes[last] == UInt8(ascii: "&") { lastAmpersand = last } else { lastEscape = last }
            return nil
        case .hexadecimal: return last - lastEscape <= 10 ? afterDigit(last) : nil
        case .closing: return bytes[last] == UInt8(ascii: ";") ? afterSemicolon(last) : afterBrace(last)
        case .plain: return nil
        }
    }

    private mutating func afterBackslash(_ last: Int) -> UInt8? {
        switch bytes[last] {
        case UInt8(ascii: "n"): return replace(from: last - 1, with: 0x0A)
        case UInt8(ascii: "t"): return replace(from: last - 1, with: 0x09)
        case UInt8(ascii: "r"): return replace(from: last - 1, with: 0x0D)
        case UInt8(ascii: "b"): return replace(from: last - 1, with: 0x08)
        case UInt8(ascii: "f"): return replace(from: last - 1, with: 0x0C)
        case UInt8(ascii: "u"), UInt8(ascii: "U"), UInt8(ascii: "x"), UInt8(ascii: "0")...UInt8(ascii: "7"): return nil
        case let byte: return replace(from: last - 1, with: byte)
        }
    }

    private mutating func afterDigit(_ last: Int) -> UInt8? {
        func at(_ distance: Int) -> UInt8 { last >= distance ? bytes[last - distance] : 0 }
        if at(2) == UInt8(ascii: "%"), let value = number(from: last - 1, digits: 2) {
            return replace(from: last - 2, with: UInt8(truncatingIfNeeded: value))
        }
        if at(3) == backslash {
            if at(2) == UInt8(ascii: "x"), let value = number(from: last - 1, digits: 2) {
                return replace(from: last - 3, with: UInt8(truncatingIfNeeded: value))
            }
            if let value = octal(from: last - 2) { return replace(from: last - 3, with: value) }
        }
        if at(4) == UInt8(ascii: "u"), at(5) == backslash || at(5) == UInt8(ascii: "%"),
            let unit = number(from: last - 3, digits: 4)
        {
            return replace(from: last - 5, withUnit: unit)
        }
        if at(8) == UInt8(ascii: "U"), at(9) == backslash, let scalar = number(from: last - 7, digits: 8) {
            return replace(from: last - 9, withUnit: scalar)
        }
        return nil
    }

    /// `\u{…}`
    private mutating func afterBrace(_ last: Int) -> UInt8? {
        guard last - lastEscape <= 11, lastEscape >= 0, bytes[lastEscape] == backslash, last - lastEscape > 3,
            bytes[lastEscape + 1] == UInt8(ascii: "u"), bytes[lastEscape + 2] == UInt8(ascii: "{"),
            let scalar = number(from: lastEscape + 3, digits: last - lastEscape - 3)
        else { return nil }
        return replace(from: lastEscape, withUnit: scalar)
    }

    private mutating func afterSemicolon(_ last: Int) -> UInt8? {
        guard last - lastAmpersand < DecodedText.longestReference, lastAmpersand >= 0,
            bytes[lastAmpersand] == UInt8(ascii: "&"), last - lastAmpersand > 1
        else { return nil }
        let name = UnsafeBufferPointer(start: bytes + lastAmpersand + 1, count: last - lastAmpersand - 1)
        guard let scalar = CharacterReference.scalar(name) else { return nil }
        return replace(from: lastAmpersand, withUnit: Int(scalar.value))
    }

    private mutating func replace(from position: Int, with byte: UInt8) -> UInt8 {
        count = position
        return byte
    }

    /// Writes a scalar, or half of a surrogate pair that the next half completes (RFC 8259 §7).
    private mutating func replace(from position: Int, withUnit unit: Int) -> UInt8? {
        var position = position
        var unit = unit
        if (0xDC00...0xDFFF).contains(unit), position >= 3, bytes[position - 3] == 0xED,
            (0xA0...0xAF).contains(bytes[position - 2])
        {
            let high = Int(bytes[position - 2] & 0x0F) << 6 | Int(bytes[position - 1] & 0x3F)
            unit = 0x10000 + high << 10 + (unit - 0xDC00)
            position -= 3
        }
        if unit < 0x80 { return replace(from: position, with: UInt8(truncatingIfNeeded: unit)) }
        let start = starts[position]
        count = position
        func put(_ value: Int) {
            bytes[count] = UInt8(truncatingIfNeeded: value)
            starts[count] = start
            count += 1
        }
        switch unit {
        case ..<0x800: put(0xC0 | unit >> 6)
        case ..<0x10000:
            put(0xE0 | unit >> 12)
            put(0x80 | unit >> 6 & 0x3F)
        default:
            put(0xF0 | unit >> 18 & 0x07)
            put(0x80 | unit >> 12 & 0x3F)
            put(0x80 | unit >> 6 & 0x3F)
        }
        put(0x80 | unit & 0x3F)
        return nil
    }

    private func number(from position: Int, digits: Int) -> Int? {
        var number = 0
        for index in position..<position + digits {
            guard let digit = bytes[index].hexadecimal else { return nil }
            number = number << 4 | Int(digit)
        }
        return number
    }

    private func octal(from position: Int) -> UInt8? {
        var number = 0
        for index in position..<position + 3 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(bytes[index]) else { return nil }
            number = number << 3 | Int(bytes[index] & 7)
        }
        return UInt8(exactly: number)
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit.
    @inline(__always) var hexadecimal: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    fileprivate var isReferenceByte: Bool { self == UInt8(ascii: "#") || isLetterOrDigit }

    @inline(__always) var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    @inline(__always) var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    @inline(__always) var isLetterOrDigit: Bool { isLetter || isDigit }
}
