import Foundation

/// Writes a value as JSON straight into bytes, members sorted by name.
///
/// It gives the bytes that Foundation's encoder gives with sorted keys and without escaped slashes, and does not build a tree of the
/// document first: a report of thousands of results is written several times for each run.
final class JSONWriter: Encoder {
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    private let isPretty: Bool
    private var output: [UInt8] = []
    /// How many objects and arrays are open around what is written now.
    private var depth: Int
    /// The object or array that the value that is written now has begun.
    private var frame: Frame?

    /// What is open: where it began in the output, and for an object the places of its members.
    fileprivate final class Frame {
        let start: Int
        let isObject: Bool
        var members: [Member] = []

        init(start: Int, isObject: Bool) {
            self.start = start
            self.isObject = isObject
        }

        struct Member {
            let name: String
            /// Where name and value stand, or where they would: what a nested container writes comes later.
            let range: Range<Int>
            var nested: JSONWriter?
        }
    }

    private init(isPretty: Bool, depth: Int) {
        self.isPretty = isPretty
        self.depth = depth
    }

    /// - Throws: `EncodingError` for a number that JSON has no word for.
    static func bytes(of value: some Encodable, isPretty: Bool) throws -> [UInt8] {
        let writer = JSONWriter(isPretty: isPretty, depth: 0)
        try writer.write(value)
        return writer.output
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Members(writer: self, frame: open(isObject: true)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { Elements(writer: self, frame: open(isObject: false)) }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(writer: self) }

    private func open(isObject: Bool) -> Frame {
        if let frame { return frame }
        let new = Frame(start: output.count, isObject: isObject)
        depth += 1
        frame = new
        return new
    }

    // MARK: Values

    fileprivate func write<Value: Encodable>(_ value: Value) throws {
        // Foundation has a form of its own for these.
        if Value.self == Date.self, let date = value as? Date { return write(Timestamp.text(date)) }
        if Value.self == URL.self, let url = value as? URL { return write(url.absoluteString) }
        if Value.self == Data.self, let data = value as? Data { return write(data.base64EncodedString()) }
        let outer = frame
        frame = nil
        let start = output.count
        try value.encode(to: self)
        if let frame { close(frame) } else if output.count == start { close(open(isObject: true)) }
        frame = outer
    }

    fileprivate func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            output.append(UInt8(ascii: "\""))
            var copied = 0
            for index in bytes.indices where bytes[index] < 0x20 || bytes[index] == 0x22 || bytes[index] == 0x5C {
                output.append(contentsOf: bytes[copied..<index])
                escape(bytes[index])
                copied = index + 1
            }
            output.append(contentsOf: bytes[copied...])
            output.append(UInt8(ascii: "\""))
        }
    }

    private func escape(_ byte: UInt8) {
        switch byte {
        case 0x08: output += "\\b".utf8
        case 0x09: output += "\\t".utf8
        case 0x0A: output += "\\n".utf8
        case 0x0C: output += "\\f".utf8
        case 0x0D: output += "\\r".utf8
        case 0x22: output += "\\\"".utf8
        case 0x5C: output += "\\\\".utf8
        default: output += ((byte < 0x10 ? "\\u000" : "\\u00") + String(byte, radix: 16)).utf8
        }
    }

    fileprivate func write(_ value: Bool) { output += (value ? "true" : "false").utf8 }

    fileprivate func writeNull() { output += "null".utf8 }

    fileprivate func write(integer value: some BinaryInteger) { output += String(value).utf8 }

    fileprivate func write(_ value: some BinaryFloatingPoint & LosslessStringConvertible) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "JSON has no word for \(value)"))
        }
        let text = value.description
        output += (text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8
    }

    // MARK: Objects and arrays

    /// Each member and element begins with what stands between it and the one before; the first one's is taken off when the
    /// object or array is closed.
    fileprivate func separate() {
        output.append(UInt8(ascii: ","))
        indent()
    }

    private func indent() {
        guard isPretty else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    fileprivate func begin(_ name: String) -> Int {
        let start = output.count
        separate()
        write(name)
        output += (isPretty ? " : " : ":").utf8
        return start
    }

    fileprivate func end(_ name: String, from start: Int, _ frame: Frame) {
        frame.members.append(Frame.Member(name: name, range: start..<output.count))
    }

    /// A writer for what is filled in later.
    fileprivate func nested(_ name: String, in frame: Frame) -> JSONWriter {
        let writer = JSONWriter(isPretty: isPretty, depth: depth)
        let start = begin(name)
        frame.members.append(Frame.Member(name: name, range: start..<output.count, nested: writer))
        return writer
    }

    private func close(_ frame: Frame) {
        var content: [UInt8] = []
        if frame.isObject {
            content.reserveCapacity(output.count - frame.start)
            let sorted = frame.members.sorted { $0.name < $1.name }
            for (place, member) in sorted.enumerated() {
                // Of two values for one name the later one counts.
                if place + 1 < sorted.count, sorted[place + 1].name == member.name { continue }
                content += output[member.range]
                if let nested = member.nested { content += nested.finished }
            }
        } else {
            content += output[frame.start...]
            for member in frame.members.reversed() {
                let place = member.range.upperBound - frame.start
                content.insert(contentsOf: member.nested?.finished ?? [], at: place)
            }
        }
        output.removeSubrange(frame.start...)
        output.append(UInt8(ascii: frame.isObject ? "{" : "["))
        if content.isEmpty {
            if isPretty { output.append(UInt8(ascii: "\n")) }
        } else {
            output += content.dropFirst()
        }
        depth -= 1
        indent()
        output.append(UInt8(ascii: frame.isObject ? "}" : "]"))
    }

    private var finished: [UInt8] {
        close(frame ?? open(isObject: true))
        return output
    }
}

private struct Single: SingleValueEncodingContainer {
    let writer: JSONWriter
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { writer.writeNull() }
    func encode(_ value: Bool) { writer.write(value) }
    func encode(_ value: String) { writer.write(value) }
    func encode(_ value: Double) throws { try writer.write(value) }
    func encode(_ value: Float) throws { try writer.write(value) }
    func encode(_ value: some BinaryInteger & Encodable) { writer.write(integer: value) }
    func encode(_ value: some Encodable) throws { try writer.write(value) }
}

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: JSONWriter
    let frame: JSONWriter.Frame
    var codingPath: [any CodingKey] { [] }

    private func member(_ key: Key, _ write: () throws -> Void) rethrows {
        let name = key.stringValue
        let start = writer.begin(name)
        try write()
        writer.end(name, from: start, frame)
    }

    func encodeNil(forKey key: Key) { member(key) { writer.writeNull() } }
    func encode(_ value: Bool, forKey key: Key) { member(key) { writer.write(value) } }
    func encode(_ value: String, forKey key: Key) { member(key) { writer.write(value) } }
    func encode(_ value: Double, forKey key: Key) throws { try member(key) { try writer.write(value) } }
    func encode(_ value: Float, forKey key: Key) throws { try member(key) { try writer.write(value) } }
    func encode(_ value: some BinaryInteger & Encodable, forKey key: Key) {
        member(key) { writer.write(integer: value) }
    }
    func encode(_ value: some Encodable, forKey key: Key) throws { try member(key) { try writer.write(value) } }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        writer.nested(key.stringValue, in: frame).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        writer.nested(key.stringValue, in: frame).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { writer.nested("super", in: frame) }
    func superEncoder(forKey key: Key) -> any Encoder { writer.nested(key.stringValue, in: frame) }
}

private struct Elements: UnkeyedEncodingContainer {
    let writer: JSONWriter
    let frame: JSONWriter.Frame
    var codingPath: [any CodingKey] { [] }
    private(set) var count = 0

    init(writer: JSONWriter, frame: JSONWriter.Frame) {
        self.writer = writer
        self.frame = frame
    }

    private mutating func element(_ write: (JSONWriter) throws -> Void) rethrows {
        writer.separate()
        try write(writer)
        count += 1
    }

    mutating func encodeNil() { element { $0.writeNull() } }
    mutating func encode(_ value: Bool) { element { $0.write(value) } }
    mutating func encode(_ value: String) { element { $0.write(value) } }
    mutating func encode(_ value: Double) throws { try element { try $0.write(value) } }
    mutating func encode(_ value: Float) throws { try element { try $0.write(value) } }
    mutating func encode(_ value: some BinaryInteger & Encodable) { element { $0.write(integer: value) } }
    mutating func encode(_ value: some Encodable) throws { try element { try $0.write(value) } }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        count += 1
        return writer.nestedElement(in: frame).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        count += 1
        return writer.nestedElement(in: frame).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        count += 1
        return writer.nestedElement(in: frame)
    }
}

extension JSONWriter {
    /// The same as ``nested(_:in:)`` for an array, whose elements have no names.
    fileprivate func nestedElement(in frame: Frame) -> JSONWriter {
        let writer = JSONWriter(isPretty: isPretty, depth: depth)
        separate()
        frame.members.append(Frame.Member(name: "", range: output.count..<output.count, nested: writer))
        return writer
    }
}
