import Glibc

/// Finds one member of a JSON object without building the rest: cheap enough for every answer of a load run.
enum JSONFieldScanner {
    /// The text of the member at the path, or nil when the bytes hold no such scalar.
    ///
    /// Strings come without their quotes and with escapes as they stand.
    static func value(_ path: [String], in json: UnsafeBufferPointer<UInt8>) -> String? {
        guard let range = range(path, in: json) else { return nil }
        return String(decoding: UnsafeBufferPointer(rebasing: json[range]), as: UTF8.self)
    }

    /// Whether the member at the path has this text. Allocates nothing.
    static func matches(_ field: ResponseExpectation.JSONField, in json: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let range = range(field.path, in: json) else { return false }
        return isSame(json, range, field.value)
    }

    private static func range(_ path: [String], in json: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var cursor = Cursor(json: json)
        for name in path {
            guard cursor.enterMember(name) else { return nil }
        }
        return cursor.scalar()
    }

    /// Compares bytes with a text, in place when the text is stored in one piece, as ours are.
    private static func isSame(_ json: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ text: String) -> Bool {
        guard let start = json.baseAddress, range.count == text.utf8.count else { return false }
        let isSame = text.utf8.withContiguousStorageIfAvailable { text in
            text.baseAddress.map { memcmp(start + range.lowerBound, $0, text.count) == 0 } ?? true
        }
        return isSame ?? json[range].elementsEqual(text.utf8)
    }

    private struct Cursor {
        let json: UnsafeBufferPointer<UInt8>
        var position = 0

        var byte: UInt8? { position < json.count ? json[position] : nil }

        mutating func skipBlanks() {
            while let byte, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
        }

        mutating func take(_ expected: Unicode.Scalar) -> Bool {
            skipBlanks()
            guard byte == UInt8(ascii: expected) else { return false }
            position += 1
            return true
        }

        /// From before an object to before the value of its member.
        mutating func enterMember(_ name: String) -> Bool {
            guard take("{") else { return false }
            while true {
                guard let key = string(), take(":") else { return false }
                if isSame(json, key, name) { return true }
                guard skipValue(), take(",") else { return false }
            }
        }

        /// The content of a string, its quotes left out.
        mutating func string() -> Range<Int>? {
            guard take("\"") else { return nil }
            let start = position
            while let byte {
                if byte == UInt8(ascii: "\"") {
                    position += 1
                    return start..<position - 1
                }
                position += byte == UInt8(ascii: "\\") ? 2 : 1
            }
            return nil
        }

        mutating func scalar() -> Range<Int>? {
            skipBlanks()
            switch byte {
            case UInt8(ascii: "\""): return string()
            case UInt8(ascii: "{"), UInt8(ascii: "["), nil: return nil
            default:
                let start = position
                while let byte, byte > 0x20, !",}]".utf8.contains(byte) { position += 1 }
                return position > start ? start..<position : nil
            }
        }

        /// Past a value of any kind; nesting is counted, not recursed into.
        mutating func skipValue() -> Bool {
            var depth = 0
            repeat {
                skipBlanks()
                switch byte {
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    position += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    position += 1
                case UInt8(ascii: ","), UInt8(ascii: ":"):
                    guard depth > 0 else { return false }
                    position += 1
                default:
                    guard scalar() != nil else { return false }
                }
            } while depth > 0
            return depth == 0
        }
    }
}
