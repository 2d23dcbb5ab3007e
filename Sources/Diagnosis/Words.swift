/// A text of the other side, in which rules look for words.
struct Words: Sendable {
    private let text: [UInt8]

    init(_ text: String) { self.text = Array(text.lowercased().utf8) }

    /// Whether one of the alternatives has all its words in the text.
    func mention(anyOf alternatives: [[String]]) -> Bool { alternatives.contains { $0.allSatisfy(mentions) } }

    /// Whether the words stand in the text as whole words, whatever their case: `401` is not in `1401`.
    func mentions(_ words: String) -> Bool { mentions(Array(words.lowercased().utf8)) }

    /// Alternatives as rules keep them, so that they are not made anew for each text.
    typealias Phrases = [[[UInt8]]]

    static func phrases(_ alternatives: [[String]]) -> Phrases {
        alternatives.map { $0.map { Array($0.lowercased().utf8) } }
    }

    func mention(anyOf phrases: Phrases) -> Bool { phrases.contains { $0.allSatisfy(mentions) } }

    private func mentions(_ pattern: [UInt8]) -> Bool {
        guard let first = pattern.first, let last = pattern.last, pattern.count <= text.count else { return false }
        for start in 0...(text.count - pattern.count) where text[start] == first {
            let end = start + pattern.count
            guard text[start..<end].elementsEqual(pattern) else { continue }
            let opens = start == 0 || !Self.isWord(first) || !Self.isWord(text[start - 1])
            let closes = end == text.count || !Self.isWord(last) || !Self.isWord(text[end])
            if opens && closes { return true }
        }
        return false
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
        default: false
        }
    }
}
