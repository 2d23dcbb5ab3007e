/// Text from outside as Markdown (GitHub's and GitLab's): it can end no cell, open no markup and call nobody.
enum MarkdownText {
    /// The longest text in a sentence or a table cell, in characters; the whole text stands in the journal.
    static let maximumInline = 600
    /// The longest text in a block of code, in characters.
    static let maximumBlock = 6000

    /// The longest word that stands without a place to break it, in characters: a longer one would tear a table apart.
    private static let longestWord = 20
    /// Where a long word is broken first.
    private static let breaks = "/_.,=&:;?)}]|"

    /// In a sentence or a table cell: one line, every special character escaped.
    static func escaped(_ text: String) -> String {
        if text.utf8.count <= maximumInline, VisibleText.isPlain(text) { return escaped(plain: text) }
        let line = VisibleText.line(text, limit: maximumInline)
        var result = ""
        var previous: Character = " "
        var word = 0
        let characters = Array(line)
        for (index, character) in characters.enumerated() {
            let next = index + 1 < characters.count ? characters[index + 1] : " "
            switch character {
            case "\\", "`", "*", "[", "]", "|", "~": result += "\\\(character)"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            // Inside a word an underscore means nothing, and names read better without a backslash.
            case "_": result += previous.isWordLike && next.isWordLike ? "_" : "\\_"
            case "#": result += index == 0 ? "\\#" : "#"
            // A list, a rule or a heading's underline; a number keeps its sign.
            case "-", "+", "=":
                result += index == 0 && (next == " " || next == character) ? "\\\(character)" : String(character)
            case "!": result += next == "[" ? "\\!" : "!"
            // A zero-width space between sign and name: the name is readable and nobody is called.
            case "@": result += next.isWordLike ? "@\u{200B}" : "@"
            // A number at the start would begin a list.
            case ".", ")":
                let isList = next == " " && (1..<10).contains(index) && characters[..<index].allSatisfy(\.isASCIIDigit)
                result += isList ? "\\\(character)" : String(character)
            default: result.append(character)
            }
            word = character == " " ? 0 : word + 1
            if word >= longestWord, next != " ", index + 1 < characters.count,
                breaks.contains(character) || word >= 2 * longestWord
            {
                result += "<wbr>"
                word = 0
            }
            previous = character
        }
        return result
    }

    /// The same of printable ASCII, byte by byte: most texts are, and documents have very many of them.
    private static func escaped(plain text: String) -> String {
        let line = Array(text.utf8)
        guard line.count >= longestWord || line.contains(where: isSpecial) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(line.count + 32)
        var previous = UInt8(ascii: " ")
        var word = 0
        for (index, byte) in line.enumerated() {
            let next = index + 1 < line.count ? line[index + 1] : UInt8(ascii: " ")
            func escape(when isEscaped: Bool = true) {
                if isEscaped { result.append(UInt8(ascii: "\\")) }
                result.append(byte)
            }
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: "|"), UInt8(ascii: "~"):
                escape()
            case UInt8(ascii: "<"): result += "&lt;".utf8
            case UInt8(ascii: ">"): result += "&gt;".utf8
            case UInt8(ascii: "&"): result += "&amp;".utf8
            case UInt8(ascii: "_"): escape(when: !(isWordLike(previous) && isWordLike(next)))
            case UInt8(ascii: "#"): escape(when: index == 0)
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "="):
                escape(when: index == 0 && (next == UInt8(ascii: " ") || next == byte))
            case UInt8(ascii: "!"): escape(when: next == UInt8(ascii: "["))
            case UInt8(ascii: "@"): result += isWordLike(next) ? "@\u{200B}".utf8 : "@".utf8
            case UInt8(ascii: "."), UInt8(ascii: ")"):
                escape(
                    when: next == UInt8(ascii: " ") && (1..<10).contains(index) && line[..<index].allSatisfy(isDigit))
            default: result.append(byte)
            }
            word = byte == UInt8(ascii: " ") ? 0 : word + 1
            if word >= longestWord, next != UInt8(ascii: " "), index + 1 < line.count,
                word >= 2 * longestWord || breaks.utf8.contains(byte)
            {
                result += "<wbr>".utf8
                word = 0
            }
            previous = byte
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool { !isWordLike(byte) && byte != UInt8(ascii: " ") }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isWordLike(_ byte: UInt8) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return isDigit(byte) || letters.contains(byte | 0x20)
    }

    /// In code inside a sentence. Not for cells: there GitHub ends code at a bar. Empty text gives nothing.
    static func code(_ text: String) -> String {
        let line = VisibleText.line(text, limit: maximumInline)
        guard !line.isEmpty else { return "" }
        let fence = String(repeating: "`", count: longestRun(of: "`", in: line) + 1)
        let needsSpace = line.hasPrefix("`") || line.hasSuffix("`")
        return needsSpace ? "\(fence) \(line) \(fence)" : fence + line + fence
    }

    /// A block of code with a fence that does not stand in the text. It wants a line of its own.
    static func block(_ text: String, language: String = "text") -> String {
        let content = VisibleText.lines(text, limit: maximumBlock)
        guard !content.isEmpty else { return "" }
        let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: content) + 1))
        return "\(fence)\(language)\n\(content)\n\(fence)"
    }

    private static func longestRun(of character: Character, in text: String) -> Int {
        var longest = 0
        var current = 0
        for candidate in text {
            current = candidate == character ? current + 1 : 0
            longest = max(longest, current)
        }
        return longest
    }
}

extension Character {
    fileprivate var isWordLike: Bool { isLetter || isNumber }
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
