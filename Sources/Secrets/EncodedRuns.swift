/// The parts of a text that may be base64 (RFC 4648 §4 and §5), also broken into lines, or hexadecimal, decoded.
struct EncodedRuns {
    /// What one reading of a part gives. Base64 is read at each of four alignments: nobody says where it began.
    struct Run {
        let decoded: [UInt8]
        /// Where the part begins and ends in the text.
        let first: Int
        let end: Int
        fileprivate let positions: UnsafeBufferPointer<Int32>
        fileprivate let alignment: Int
        fileprivate let bitsPerCharacter: Int

        /// Where the characters stood that hold any bit of a range of the decoded bytes.
        func original(of range: Range<Int>) -> Range<Int> {
            let first = alignment + range.lowerBound * 8 / bitsPerCharacter
            let last = alignment + (range.upperBound * 8 + bitsPerCharacter - 1) / bitsPerCharacter - 1
            return Int(positions[first])..<Int(positions[min(last, positions.count - 1)]) + 1
        }

        /// Whether it reads as text, so that a further encoding in it is worth a look.
        var isText: Bool {
            decoded.allSatisfy { $0 >= 0x80 || $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
        }
    }

    /// Characters that a value of the shortest length takes.
    private let shortestBase64: Int
    private let shortestHexadecimal: Int

    init(shortestValue: Int) {
        shortestBase64 = (shortestValue * 8 + 5) / 6
        shortestHexadecimal = 2 * shortestValue
    }

    private static let newline: UInt8 = 64
    private static let blank: UInt8 = 65
    private static let other: UInt8 = 66

    /// The six bits of each character of either alphabet.
    private static let sextets: [UInt8] = (0...255).map { byte in
        switch UInt8(byte) {
        case let byte where (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte): byte - UInt8(ascii: "A")
        case let byte where (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte): byte - UInt8(ascii: "a") + 26
        case let byte where byte.isDigit: byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        case 0x0A, 0x0D: newline
        case 0x20, 0x09: blank
        default: other
        }
    }

    /// Calls the closure with every reading of every part that is long enough to hold a value.
    func forEach(in text: UnsafeBufferPointer<UInt8>, _ body: (Run) -> Void) {
        Self.sextets.withUnsafeBufferPointer { sextets in
            var values: [UInt8] = []
            var positions: [Int32] = []
            var position = 0
            while position < text.count {
                if sextets[Int(text[position])] >= Self.newline {
                    position += 1
                    continue
                }
                let first = position
                let end = Self.endOfRun(text, from: first, sextets)
                position = end
                // Most runs are words, too short for anything.
                guard end - first >= min(shortestBase64, shortestHexadecimal) else { continue }
                values.removeAll(keepingCapacity: true)
                positions.removeAll(keepingCapacity: true)
                for index in first..<end where sextets[Int(text[index])] < Self.newline {
                    values.append(sextets[Int(text[index])])
                    positions.append(Int32(truncatingIfNeeded: index))
                }
                positions.withUnsafeBufferPointer { positions in
                    values.withUnsafeBufferPointer { values in
                        if values.count >= shortestBase64 { readBase64(values, positions, first, end, body) }
                        readHexadecimal(text, positions, body)
                    }
                }
            }
            readSeparatedPairs(text, body)
        }
    }

    /// Line breaks, and blanks around them, do not end what is encoded.
    private static func endOfRun(
        _ text: UnsafeBufferPointer<UInt8>, from first: Int, _ sextets: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var end = first
        var position = first
        while true {
            while position < text.count, sextets[Int(text[position])] < newline { position += 1 }
            end = position
            var breaks = false
            while position < text.count,
                sextets[Int(text[position])] == newline || sextets[Int(text[position])] == blank
            {
                if sextets[Int(text[position])] == newline { breaks = true }
                position += 1
            }
            guard breaks, position < text.count, sextets[Int(text[position])] < newline else { return end }
        }
    }

    private func readBase64(
        _ values: UnsafeBufferPointer<UInt8>, _ positions: UnsafeBufferPointer<Int32>, _ first: Int, _ end: Int,
        _ body: (Run) -> Void
    ) {
        for alignment in 0..<4 where values.count - alignment >= shortestBase64 - 1 {
            let decoded = [UInt8](unsafeUninitializedCapacity: (values.count - alignment) * 6 / 8 + 1) { bytes, count in
                var bits: UInt32 = 0
                var available = 0
                for index in alignment..<values.count {
                    bits = bits << 6 | UInt32(values[index])
                    available += 6
                    if available >= 8 {
                        available -= 8
                        bytes[count] = UInt8(truncatingIfNeeded: bits >> UInt32(available))
                        count += 1
                    }
                }
            }
            body(
                Run(
                    decoded: decoded, first: first, end: end, positions: positions, alignment: alignment,
                    bitsPerCharacter: 6))
        }
    }

    /// Hexadecimal digits within a run of base64's characters, which they are too.
    private func readHexadecimal(
        _ text: UnsafeBufferPointer<UInt8>, _ positions: UnsafeBufferPointer<Int32>, _ body: (Run) -> Void
    ) {
        var start = 0
        while start < positions.count {
            var end = start
            while end < positions.count, text[Int(positions[end])].hexadecimal != nil { end += 1 }
            if end - start >= shortestHexadecimal {
                readHexadecimal(text, UnsafeBufferPointer(rebasing: positions[start..<end]), alignments: 0..<2, body)
            }
            start = end + 1
        }
    }

    private func readHexadecimal(
        _ text: UnsafeBufferPointer<UInt8>, _ digits: UnsafeBufferPointer<Int32>, alignments: Range<Int>,
        _ body: (Run) -> Void
    ) {
        guard let first = digits.first, let last = digits.last else { return }
        for alignment in alignments {
            let decoded = stride(from: alignment, to: digits.count - 1, by: 2).map { index -> UInt8 in
                let high = text[Int(digits[index])].hexadecimal ?? 0
                return high << 4 | (text[Int(digits[index + 1])].hexadecimal ?? 0)
            }
            body(
                Run(
                    decoded: decoded, first: Int(first), end: Int(last) + 1, positions: digits, alignment: alignment,
                    bitsPerCharacter: 4))
        }
    }

    /// Pairs of digits with one character between them, as in a dump: `68 69 6a`, `68:69:6a`.
    private func readSeparatedPairs(_ text: UnsafeBufferPointer<UInt8>, _ body: (Run) -> Void) {
        var digits: [Int32] = []
        var position = 0
        while position + 2 < text.count {
            let separator = text[position + 2]
            guard Self.isSeparator(separator), text[position].hexadecimal != nil, text[position + 1].hexadecimal != nil,
                position == 0 || text[position - 1].hexadecimal == nil
            else {
                position += 1
                continue
            }
            digits.removeAll(keepingCapacity: true)
            while position + 1 < text.count, text[position].hexadecimal != nil, text[position + 1].hexadecimal != nil {
                digits.append(Int32(truncatingIfNeeded: position))
                digits.append(Int32(truncatingIfNeeded: position + 1))
                guard position + 2 < text.count, text[position + 2] == separator else { break }
                position += 3
            }
            position += 1
            guard digits.count >= shortestHexadecimal else { continue }
            digits.withUnsafeBufferPointer { readHexadecimal(text, $0, alignments: 0..<1, body) }
        }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ",")
    }
}
