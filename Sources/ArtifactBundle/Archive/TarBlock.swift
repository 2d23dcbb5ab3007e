import Foundation

/// A header block of a tar: 512 bytes with fixed fields (POSIX.1-1988 and GNU tar).
struct TarBlock {
    static let byteCount = 512

    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether it marks the end.
    var isEmpty: Bool { bytes.withUnsafeBytes(\.isZero) }

    /// Whether the sum of its bytes, with blanks in place of the sum itself, is the one that it states.
    var hasChecksum: Bool {
        let sum = bytes.withUnsafeBufferPointer { buffer in
            var sum = 8 * Int64(UInt8(ascii: " "))
            for index in 0..<148 { sum += Int64(buffer[index]) }
            for index in 156..<Self.byteCount { sum += Int64(buffer[index]) }
            return sum
        }
        return number(148..<156) == sum
    }

    /// Of the data that follows, in bytes; nil when it is not a number.
    var size: Int64? { number(124..<136) }

    var isLongName: Bool { type == UInt8(ascii: "L") }

    /// Links, devices and directories have none, whatever size they state.
    var hasData: Bool { !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(type) }

    var name: [UInt8] { text(0..<100) }

    func header(name: [UInt8], size: Int64) -> TarHeader {
        TarHeader(
            path: String(validating: name, as: UTF8.self), size: size, otherKind: otherKind,
            hasBundleMetadata: hasBundleMetadata)
    }

    private var type: UInt8 { bytes[156] }

    private var otherKind: String? {
        switch type {
        case UInt8(ascii: "0"), 0: nil
        case UInt8(ascii: "1"): "a hard link"
        case UInt8(ascii: "2"): "a symbolic link"
        case UInt8(ascii: "3"), UInt8(ascii: "4"): "a device"
        case UInt8(ascii: "5"): "a directory"
        case UInt8(ascii: "6"): "a pipe"
        case UInt8(ascii: "S"): "a file with holes"
        case UInt8(ascii: "x"), UInt8(ascii: "g"): "a header that changes other entries"
        default: "of an unknown type"
        }
    }

    private var hasBundleMetadata: Bool {
        number(100..<108) == Int64(TarFormat.permissions) && number(108..<116) == 0 && number(116..<124) == 0
            && number(136..<148) == Int64(TarFormat.modificationTime) && isZero(157..<257) && isZero(265..<329)
            && (number(329..<337) ?? 0) == 0 && (number(337..<345) ?? 0) == 0 && isZero(345..<Self.byteCount)
    }

    private func isZero(_ field: Range<Int>) -> Bool { bytes[field].withUnsafeBytes(\.isZero) }

    private func text(_ field: Range<Int>) -> [UInt8] { Array(bytes[field].prefix { $0 != 0 }) }

    /// Octal digits, blanks around them; or, for what they cannot hold, GNU's binary form.
    private func number(_ field: Range<Int>) -> Int64? {
        if bytes[field.lowerBound] & 0x80 != 0 { return binaryNumber(bytes[field]) }
        let digits = bytes[field].drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") && $0 != 0 }
        guard digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "7")).contains) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    private func binaryNumber(_ field: ArraySlice<UInt8>) -> Int64? {
        var number = Int64(field[field.startIndex] & 0x7F)
        for byte in field.dropFirst() {
            guard number < 1 << 54 else { return nil }
            number = number << 8 | Int64(byte)
        }
        return number
    }
}

extension UnsafeRawBufferPointer {
    /// Whether there is no other byte than zero: compared with itself, one byte further on, which the C library does fast.
    var isZero: Bool {
        guard let base = baseAddress, count > 0 else { return true }
        return self[0] == 0 && memcmp(base, base + 1, count - 1) == 0
    }
}
