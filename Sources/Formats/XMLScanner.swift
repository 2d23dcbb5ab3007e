import Foundation

/// Reads XML in pieces and hands out its elements. For documents that nobody has vouched for.
///
/// No entity is ever expanded but the five of XML and character references; a document type is skipped or refused. Depth, the
/// number of attributes, the length of texts and the size of the document are bounded, and time grows with its size alone. What
/// is not well formed ends the reading; what came before stays.
public struct XMLScanner {
    public enum Event: Equatable, Sendable {
        case start(name: String, attributes: [String: String])
        case end(name: String)
        /// Text and CDATA of one run, cut at ``Limits/text``.
        case text(String)
    }

    public struct Limits: Sendable {
        /// Of the document, in bytes.
        public var size: Int
        var depth: Int
        /// Of one text or attribute value, in bytes; the rest is dropped.
        var text: Int
        /// Whether a document type is skipped; it ends the reading otherwise.
        var skipsDocumentType: Bool

        public init(size: Int = 512 << 20, depth: Int = 64, text: Int = 64 << 10, skipsDocumentType: Bool = true) {
            self.size = size
            self.depth = depth
            self.text = text
            self.skipsDocumentType = skipsDocumentType
        }
    }

    /// Why the reading ended before the end of the document.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// The next piece of the document; empty at its end.
    private let more: () throws -> Data
    private let limits: Limits
    private var buffer: [UInt8] = []
    private var position = 0
    private var consumed = 0
    private var open: [String] = []
    private var hasRoot = false
    /// Whether the element that was begun last has ended with the same tag.
    private var endsAtOnce = false

    public init(_ handle: FileHandle, limits: Limits = Limits()) {
        more = { try handle.read(upToCount: 64 << 10) ?? Data() }
        self.limits = limits
    }

    public init(_ bytes: [UInt8], limits: Limits = Limits()) {
        var start = 0
        more = {
            let piece = bytes[start..<min(start + 64 << 10, bytes.count)]
            start += piece.count
            return Data(piece)
        }
        self.limits = limits
    }

    /// The next event; nil at the proper end of the document.
    public mutating func next() throws(Problem) -> Event? {
        if endsAtOnce, let name = open.popLast() {
            endsAtOnce = false
            return .end(name: name)
        }
        while let byte = try peek() {
            guard byte == UInt8(ascii: "<") else {
                let text = try readText()
                if open.isEmpty {
                    if text.allSatisfy(\.isWhitespace) || text == "\u{FEFF}" { continue }
                    throw problem("text outside the root element")
                }
                return .text(text)
            }
            _ = try take()
            guard let kind = try peek() else { throw problem("it ends inside a tag") }
            switch kind {
            case UInt8(ascii: "?"): try skip(until: "?>")
            case UInt8(ascii: "!"):
                if let text = try readDeclaration() { return .text(text) }
            case UInt8(ascii: "/"): return try readEnd()
            default: return try readStart()
            }
        }
        if !open.isEmpty { throw problem("it ends inside <\(open[open.count - 1])>: cut off") }
        if !hasRoot { throw problem("there is no element in it") }
        return nil
    }

    // MARK: Parts

    private mutating func readStart() throws(Problem) -> Event {
        if open.isEmpty && hasRoot { throw problem("a second root element") }
        let name = try readName()
        var attributes: [String: String] = [:]
        while true {
            try skipSpace()
            guard let byte = try peek() else { throw problem("it ends inside <\(name)>") }
            if byte == UInt8(ascii: ">") {
                _ = try take()
                break
            }
            if byte == UInt8(ascii: "/") {
                _ = try take()
                guard try take() == UInt8(ascii: ">") else { throw problem("‘/’ without ‘>’ in <\(name)>") }
                endsAtOnce = true
                break
            }
            let key = try readName()
            try skipSpace()
            guard try take() == UInt8(ascii: "=") else { throw problem("an attribute of <\(name)> without value") }
            try skipSpace()
            guard let quote = try take(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                throw problem("an attribute of <\(name)> without quotes")
            }
            attributes[key] = try readValue(until: quote)
            if attributes.count > 64 { throw problem("more than 64 attributes in <\(name)>") }
        }
        open.append(name)
        hasRoot = true
        if open.count > limits.depth { throw problem("elements nested deeper than \(limits.depth)") }
        return .start(name: name, attributes: attributes)
    }

    private mutating func readEnd() throws(Problem) -> Event {
        _ = try take()
        let name = try readName()
        try skipSpace()
        guard try take() == UInt8(ascii: ">") else { throw problem("</\(name) without ‘>’") }
        guard open.popLast() == name else { throw problem("</\(name)> closes what is not open") }
        return .end(name: name)
    }

    /// A comment or document type is skipped; CDATA is text.
    private mutating func readDeclaration() throws(Problem) -> String? {
        _ = try take()
        if try follows("--") {
            try skip(until: "-->")
            return nil
        }
        if try follows("[CDATA[") { return try collect(until: "]]>") }
        if !limits.skipsDocumentType { throw problem("a document type declaration") }
        var depth = 0
        while let byte = try take() {
            if byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "]") { depth -= 1 }
            if byte == UInt8(ascii: ">") && depth <= 0 { return nil }
        }
        throw problem("it ends inside a declaration")
    }

    private mutating func readText() throws(Problem) -> String {
        var bytes: [UInt8] = []
        while let byte = try peek(), byte != UInt8(ascii: "<") {
            _ = try take()
            if bytes.count < limits.text { bytes.append(byte) }
        }
        return Self.decoded(bytes)
    }

    private mutating func readValue(until quote: UInt8) throws(Problem) -> String {
        var bytes: [UInt8] = []
        while let byte = try take() {
            if byte == quote { return Self.decoded(bytes) }
            if byte == UInt8(ascii: "<") { throw problem("‘<’ in an attribute") }
            if bytes.count < limits.text { bytes.append(byte) }
        }
        throw problem("it ends inside an attribute")
    }

    private mutating func readName() throws(Problem) -> String {
        var bytes: [UInt8] = []
        while let byte = try peek(), !Self.endsName(byte) {
            _ = try take()
            bytes.append(byte)
            if bytes.count > 256 { throw problem("a name longer than 256 bytes") }
        }
        guard !bytes.isEmpty else { throw problem("a name is missing") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        byte <= 0x20 || [UInt8(ascii: "="), UInt8(ascii: "/"), UInt8(ascii: ">"), UInt8(ascii: "<")].contains(byte)
    }

    /// The five entities of XML and character references become text; any other stays as it is written.
    private static func decoded(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("&") else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            let tail = rest[start...]
            guard let end = tail.prefix(12).firstIndex(of: ";") else {
                result += "&"
                rest = tail.dropFirst()
                continue
            }
            let name = tail[tail.index(after: start)..<end]
            result += entity(name) ?? String(tail[...end])
            rest = tail[tail.index(after: end)...]
        }
        return result + rest
    }

    private static func entity(_ name: Substring) -> String? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return value.flatMap(Unicode.Scalar.init).map(String.init)
    }

    // MARK: Bytes

    private mutating func skipSpace() throws(Problem) {
        while let byte = try peek(), byte <= 0x20 { _ = try take() }
    }

    private mutating func skip(until mark: String) throws(Problem) { _ = try collect(until: mark, keeping: 0) }

    private mutating func collect(until mark: String, keeping limit: Int? = nil) throws(Problem) -> String {
        let mark = Array(mark.utf8)
        let limit = limit ?? limits.text
        var bytes: [UInt8] = []
        var last: [UInt8] = []
        while let byte = try take() {
            last.append(byte)
            if last.count > mark.count {
                let first = last.removeFirst()
                if bytes.count < limit { bytes.append(first) }
            }
            if last == mark { return String(decoding: bytes, as: UTF8.self) }
        }
        throw problem("it ends before ‘\(String(decoding: mark, as: UTF8.self))’")
    }

    /// Whether these characters come next; takes them when they do.
    private mutating func follows(_ text: String) throws(Problem) -> Bool {
        let wanted = Array(text.utf8)
        while buffer.count - position < wanted.count, try fill() {}
        guard buffer.count - position >= wanted.count,
            buffer[position..<(position + wanted.count)].elementsEqual(wanted)
        else { return false }
        position += wanted.count
        return true
    }

    private mutating func peek() throws(Problem) -> UInt8? {
        if position >= buffer.count, try !fill() { return nil }
        return buffer[position]
    }

    private mutating func take() throws(Problem) -> UInt8? {
        guard let byte = try peek() else { return nil }
        position += 1
        return byte
    }

    private mutating func fill() throws(Problem) -> Bool {
        let data: Data
        do {
            data = try more()
        } catch {
            throw problem("it cannot be read: \(error)")
        }
        guard !data.isEmpty else { return false }
        consumed += data.count
        if consumed > limits.size { throw problem("it is larger than \(limits.size >> 20) MiB; the rest was not read") }
        buffer.removeFirst(position)
        position = 0
        buffer += data
        return true
    }

    private func problem(_ text: String) -> Problem { Problem(description: "near byte \(consumed): \(text)") }
}
