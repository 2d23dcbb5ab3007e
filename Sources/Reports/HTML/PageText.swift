/// Text from outside as HTML, for elements and for attributes in quotes: it opens no markup, and nothing in it is hidden.
enum PageText {
    /// The longest text in a sentence or a table cell, in bytes of UTF-8; the whole text stands in the journal.
    static let maximumInline = 1200
    /// The longest text in a block, in bytes of UTF-8.
    static let maximumBlock = 6000

    /// On one line.
    static func escaped(_ text: String) -> String {
        let (kept, more) = clipped(text, maximumInline)
        return markup(VisibleText.line(kept, limit: maximumInline)) + mark(more)
    }

    /// With its line ends, for `<pre>`.
    static func block(_ text: String, limit: Int = maximumBlock) -> String {
        let (kept, more) = clipped(text, limit)
        return markup(isPlainBlock(kept) ? kept : VisibleText.lines(kept, limit: limit)) + mark(more)
    }

    /// The end of a link to a check: nothing but letters, digits and hyphens.
    static func anchor(_ name: String) -> String {
        var result = ""
        for byte in name.utf8.prefix(100) {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "_\(String(byte, radix: 16))"
            }
        }
        return result
    }

    /// Says how much of a text is not shown.
    static func mark(_ bytes: Int) -> String { bytes > 0 ? " … (\(Figure.count(bytes, "more byte")))" : "" }

    /// At most so many bytes from the beginning, whole characters, and how many bytes are left.
    static func clipped(_ text: String, _ limit: Int) -> (kept: String, more: Int) {
        let size = text.utf8.count
        guard size > limit else { return (text, 0) }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        let kept = String(text[..<end])
        return (kept, size - kept.utf8.count)
    }

    private static func isPlainBlock(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A || $0 == 0x09 }
    }

    private static func markup(_ text: String) -> String {
        guard text.utf8.contains(where: isSpecial) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + 64)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): result += "&amp;".utf8
            case UInt8(ascii: "<"): result += "&lt;".utf8
            case UInt8(ascii: ">"): result += "&gt;".utf8
            case UInt8(ascii: "\""): result += "&quot;".utf8
            case UInt8(ascii: "'"): result += "&#39;".utf8
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: false
        }
    }
}
