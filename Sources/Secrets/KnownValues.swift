import Foundation

/// The values of declared secrets, ready to be found in whatever form they travel.
///
/// A text is looked at as it is, with its escapes resolved (``DecodedText``), and with what may be base64 or hexadecimal in it
/// decoded (``EncodedRuns``); in each of these views every value is looked for at once. At the borders of a text, and where a
/// mark says that something was cut out, a piece of a value is enough.
struct KnownValues: Sendable {
    /// A place in a text, and the secret that stands there.
    struct Match: Hashable, Sendable {
        var range: Range<Int>
        /// Index in ``names``.
        var secret: Int
    }

    /// Shorter values are not looked for: they would mask ordinary words and numbers.
    static let shortestValue = 4
    /// Shorter values count only where they stand alone, with no letter or digit beside them.
    static let shortestWithinWords = 6
    /// The shortest piece of a value, in bytes, that is masked at a border.
    static let shortestPiece = 8
    /// Longer values are looked for piece by piece, so that the memory stays in proportion and each piece is masked by itself.
    private static let longestString = 256
    /// A line of a value of several lines, and a text of a value that is JSON, is a secret of its own from this length on.
    private static let shortestPart = 12

    private struct Pattern: Sendable {
        let secret: Int
        let bytes: [UInt8]
        var standsAlone: Bool { bytes.count < KnownValues.shortestWithinWords }
    }

    let names: [String]
    private let placeholders: [[UInt8]]
    private let shortNumbers: Set<Int>
    private let learned: Set<Int>
    private let patterns: [Pattern]
    private let automaton: SecretAutomaton
    /// Where in the patterns eight bytes stand, by those bytes.
    private let pieces: [UInt64: [(pattern: Int32, offset: Int32)]]
    /// The shortest pattern, in bytes.
    let shortest: Int
    /// Words that say nothing of a secret when a text ends with them; in lower case.
    private let vocabulary: Set<String>

    var isEmpty: Bool { patterns.isEmpty }

    /// - Parameters:
    ///   - secrets: those without a value count for nothing; of equal values the first name is used.
    ///   - vocabulary: the words of the configuration, in lower case.
    init(_ secrets: [Secret], vocabulary: Set<String> = []) {
        self.vocabulary = vocabulary
        names = secrets.map(\.name)
        placeholders = secrets.map { Array($0.placeholder.utf8) }
        learned = Set(secrets.indices.filter { secrets[$0].source == .learned })
        shortNumbers = Set(
            secrets.indices.filter { index in
                let value = secrets[index].reveal() ?? ""
                return value.utf8.count < Self.shortestPart && value.utf8.allSatisfy(\.isDigit)
            })
        var patterns: [Pattern] = []
        var seen: Set<[UInt8]> = []
        for (index, secret) in secrets.enumerated() {
            guard let value = secret.reveal(), !Self.isWord(value, of: vocabulary) else { continue }
            for form in Self.forms(of: value) where seen.insert(form.map(SecretAutomaton.folded)).inserted {
                patterns.append(Pattern(secret: index, bytes: form))
            }
        }
        self.patterns = patterns
        automaton = SecretAutomaton(patterns.map(\.bytes))
        shortest = patterns.map(\.bytes.count).min() ?? 0
        var pieces: [UInt64: [(pattern: Int32, offset: Int32)]] = [:]
        for (index, pattern) in patterns.enumerated() where pattern.bytes.count > Self.shortestPiece {
            pattern.bytes.withUnsafeBufferPointer { bytes in
                for offset in 1...(bytes.count - Self.shortestPiece) {
                    guard let key = Self.key(of: bytes, at: offset) else { continue }
                    pieces[key, default: []].append((Int32(index), Int32(offset)))
                }
            }
        }
        self.pieces = pieces
    }

    /// Whether a value is a word of the formats or of the configuration: it stands in any text, whoever knows the password or
    /// not. Only a mark next to it, such as `password=`, makes it a secret there, and those are found without the value.
    static func isWord(_ value: String, of vocabulary: Set<String>) -> Bool {
        let word = value.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        guard
            word.utf8.allSatisfy({
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            })
        else { return false }
        return vocabulary.contains(word) || FormatWords.contains(word)
    }

    /// Whether a value is a number that stands in any file by chance.
    func isShortNumber(_ secret: Int) -> Bool { shortNumbers.contains(secret) }

    /// Whether the run was given the value, and nobody can look it up later.
    func isLearned(_ secret: Int) -> Bool { learned.contains(secret) }

    func placeholder(of secret: Int) -> [UInt8] { placeholders[secret] }

    // MARK: Forms

    /// The byte strings that are looked for: the value without blanks around it, as it is and decoded, in pieces where it is long;
    /// and the parts of it that are secrets by themselves.
    static func forms(of value: String) -> [[UInt8]] {
        let trimmed = value.trimmingCharacters(in: .whitespacesAndNewlines)
        return ([trimmed] + parts(of: trimmed)).flatMap { text -> [[UInt8]] in
            let raw = Array(text.utf8)
            guard raw.count >= shortestValue else { return [] }
            let decoded = DecodedText.decoded(raw)
            // Where every character is escaped, a backslash of the value meets the one of the next escape, and they become one.
            let bare = DecodedText.decoded(raw.filter { $0 != UInt8(ascii: "\\") })
            return [raw, decoded, bare].flatMap(split) + variants(of: decoded)
        }
        .filter { $0.count >= shortestValue }
    }

    private static func parts(of value: String) -> [String] {
        var parts: [String] = []
        if value.contains(where: \.isNewline) {
            parts += value.split(whereSeparator: \.isNewline)
                .map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { $0.utf8.count >= shortestPart && !$0.hasPrefix("-----") && $0.contains(where: \.isNumber) }
        }
        if value.hasPrefix("{"),
            let object = try? JSONSerialization.jsonObject(with: Data(value.utf8)) as? [String: Any]
        {
            parts += object.filter { SecretWords.isSecretName($0.key) }.values.compactMap { $0 as? String }
        }
        return parts
    }

    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        guard bytes.count > longestString else { return [bytes] }
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            // What is left over is too short to be a piece of its own.
            let isLast = bytes.count - start < 2 * longestString
            pieces.append(Array(bytes[start..<(isLast ? bytes.count : start + longestString)]))
            start = isLast ? bytes.count : start + longestString
        }
        return pieces
    }

    /// What neighbours make of a decoded value: a backslash before it takes its first letter for an escape, and what follows it may
    /// complete an escape that its end only begins.
    private static func variants(of decoded: [UInt8]) -> [[UInt8]] {
        guard decoded.count <= longestString else { return [] }
        var variants: [[UInt8]] = []
        let controls: [UInt8: UInt8] = [
            UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "b"): 0x08,
            UInt8(ascii: "f"): 0x0C,
        ]
        if decoded.count >= shortestPiece, let first = decoded.first, let control = controls[first] {
            variants.append([control] + decoded.dropFirst())
        }
        let open = DecodedText.openEscape(at: decoded)
        if open > 0, decoded.count - open >= shortestWithinWords { variants.append(Array(decoded.dropLast(open))) }
        return variants
    }

    // MARK: Finding

    /// Every place in a text where a value stands, in the order of the views; places may overlap.
    ///
    /// - Parameters:
    ///   - text: at most ``Redactor/chunkSize`` bytes.
    ///   - decoded: the text with its escapes resolved; nil when it has none.
    ///   - startIsBorder: whether the text begins here, and is not what follows on an earlier chunk.
    func matches(
        in text: UnsafeBufferPointer<UInt8>, decoded: DecodedText?, startIsBorder: Bool, endIsBorder: Bool,
        masksPieces: Bool = true
    ) -> [Match] {
        guard !isEmpty, !text.isEmpty else { return [] }
        var matches: [Match] = []
        let borders = Borders(start: masksPieces && startIsBorder, end: masksPieces && endIsBorder, marks: masksPieces)
        search(text, borders) { matches.append(Match(range: $0, secret: $1)) }
        guard let decoded else {
            searchRuns(in: text, borders, level: 0) { matches.append(Match(range: $0, secret: $1)) }
            return matches
        }
        decoded.bytes.withUnsafeBufferPointer { bytes in
            decoded.starts.withUnsafeBufferPointer { starts in
                func add(_ range: Range<Int>, _ secret: Int) {
                    matches.append(Match(range: Self.original(of: range, starts), secret: secret))
                }
                search(bytes, borders, add)
                searchRuns(in: bytes, borders, level: 0, add)
            }
        }
        if DecodedText.hasLongLiteral(text) {
            searchRuns(in: text, borders, level: 0) { matches.append(Match(range: $0, secret: $1)) }
        }
        return matches
    }

    /// Where a range of a decoded text stood. A character may have come from one escape and take several bytes.
    static func original(of range: Range<Int>, _ starts: UnsafeBufferPointer<Int32>) -> Range<Int> {
        let lower = starts[range.lowerBound]
        var index = range.upperBound
        while index < starts.count - 1, starts[index] <= lower || starts[index] == starts[index - 1] { index += 1 }
        return Int(lower)..<Int(starts[index])
    }

    /// Where pieces of values count.
    struct Borders {
        var start: Bool
        var end: Bool
        /// Wherever a mark says that something was cut out.
        var marks: Bool
    }

    private static let watched: [Bool] = (0...255).map { byte in
        byte == 0x0A || byte == 0xE2 || byte == Int(UInt8(ascii: "."))
    }
    private static let nothingWatched = [Bool](repeating: false, count: 256)

    private func search(_ text: UnsafeBufferPointer<UInt8>, _ borders: Borders, _ found: (Range<Int>, Int) -> Void) {
        var beforeNewline: (position: Int, state: SecretAutomaton.State)?
        let end = automaton.scan(text, isWatched: borders.marks ? Self.watched : Self.nothingWatched) {
            position, state in
            if text[position] == 0x0A {
                beforeNewline = (position, state)
                return
            }
            guard let after = Self.endOfCutMark(in: text, at: position) else { return }
            if let (newline, state) = beforeNewline, newline == position - 1 {
                beginning(at: state, before: newline, in: text, isCut: true, found)
            } else {
                beginning(at: state, before: position, in: text, isCut: true, found)
            }
            ending(in: text, from: after, isCut: true, found)
            if after < text.count, text[after] == 0x0A { ending(in: text, from: after + 1, isCut: true, found) }
        } found: { end, index in
            let pattern = patterns[index]
            let range = end - pattern.bytes.count..<end
            if pattern.standsAlone, !Self.standsAlone(range, in: text) { return }
            found(range, pattern.secret)
        }
        if borders.end { beginning(at: end, before: text.count, in: text, isCut: false, found) }
        if borders.start { ending(in: text, from: 0, isCut: false, found) }
    }

    private static func standsAlone(_ range: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        let before = range.lowerBound > 0 && text[range.lowerBound - 1].isLetterOrDigit
        let after = range.upperBound < text.count && text[range.upperBound].isLetterOrDigit
        return !before && !after
    }

    // MARK: Pieces at borders

    /// The end of the mark that begins here: an ellipsis, or three dots.
    private static func endOfCutMark(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Int? {
        guard position + 2 < text.count else { return nil }
        let (second, third) = (text[position + 1], text[position + 2])
        let isMark =
            text[position] == 0xE2
            ? second == 0x80 && third == 0xA6 : second == UInt8(ascii: ".") && third == UInt8(ascii: ".")
        return isMark ? position + 3 : nil
    }

    /// The beginning of a value that ends at a border.
    private func beginning(
        at state: SecretAutomaton.State, before position: Int, in text: UnsafeBufferPointer<UInt8>, isCut: Bool,
        _ found: (Range<Int>, Int) -> Void
    ) {
        guard let (length, index) = automaton.beginning(at: state), length >= Self.shortestPiece else { return }
        let range = position - length..<position
        if isCut || !isWords(text, range) { found(range, patterns[index].secret) }
    }

    /// The end of a value, or a piece from its middle, that begins at a border.
    private func ending(
        in text: UnsafeBufferPointer<UInt8>, from position: Int, isCut: Bool, _ found: (Range<Int>, Int) -> Void
    ) {
        guard let key = Self.key(of: text, at: position), let places = pieces[key] else { return }
        var longest: (length: Int, secret: Int)?
        for (index, offset) in places {
            let pattern = patterns[Int(index)]
            var length = Self.shortestPiece
            while Int(offset) + length < pattern.bytes.count, position + length < text.count,
                SecretAutomaton.folded(text[position + length])
                    == SecretAutomaton.folded(pattern.bytes[Int(offset) + length])
            {
                length += 1
            }
            let isWhole = Int(offset) + length == pattern.bytes.count || position + length == text.count
            if isWhole, length > longest?.length ?? 0 { longest = (length, pattern.secret) }
        }
        guard let longest else { return }
        let range = position..<position + longest.length
        if isCut || !isWords(text, range) { found(range, longest.secret) }
    }

    /// Whether a piece is made of ordinary words: where no mark says that something was cut, `hokusai-production` may just be the
    /// end of a text and not the beginning of a password.
    private func isWords(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        let words = UnsafeBufferPointer(rebasing: text[range]).split { $0 < 0x80 && !$0.isLetterOrDigit }
        return words.allSatisfy { word in
            let word = String(decoding: word, as: UTF8.self).lowercased()
            return vocabulary.contains(word) || Self.commonWords.contains(word)
        }
    }

    /// What vendors begin their keys with, and everybody their passwords.
    private static let commonWords: Set<String> = [
        "hk", "live", "test", "dev", "api", "key", "sk", "rk", "lin", "github", "pat", "glpat", "xoxb", "xoxp", "pypi",
        "npm",
        "password", "secret", "token", "admin", "user", "production", "staging", "development", "sandbox", "example",
    ]

    @inline(__always)
    private static func key(of text: UnsafeBufferPointer<UInt8>, at position: Int) -> UInt64? {
        guard position >= 0, position + shortestPiece <= text.count else { return nil }
        var key: UInt64 = 0
        for index in position..<position + shortestPiece {
            key = key << 8 | UInt64(SecretAutomaton.folded(text[index]))
        }
        return key
    }

    // MARK: Encoded values

    /// How often encodings are looked for in what was encoded.
    private static let deepestEncoding = 2

    private func searchRuns(
        in text: UnsafeBufferPointer<UInt8>, _ borders: Borders, level: Int, _ found: (Range<Int>, Int) -> Void
    ) {
        EncodedRuns(shortestValue: shortest).forEach(in: text) { run in
            // A cut text cuts what is encoded in it.
            let runBorders = Borders(
                start: borders.marks
                    && (run.first == 0 ? borders.start : Self.isCut(text, before: run.first)),
                end: borders.marks
                    && (run.end == text.count ? borders.end : Self.endOfCutMark(in: text, at: run.end) != nil),
                marks: false)
            run.decoded.withUnsafeBufferPointer { bytes in
                func add(_ range: Range<Int>, _ secret: Int) { found(run.original(of: range), secret) }
                search(bytes, runBorders, add)
                guard level < Self.deepestEncoding, run.isText else { return }
                if DecodedText.hasEscapes(bytes) {
                    let decoded = DecodedText(bytes)
                    decoded.bytes.withUnsafeBufferPointer { inner in
                        decoded.starts.withUnsafeBufferPointer { starts in
                            func addInner(_ range: Range<Int>, _ secret: Int) {
                                add(Self.original(of: range, starts), secret)
                            }
                            search(inner, runBorders, addInner)
                            searchRuns(in: inner, runBorders, level: level + 1, addInner)
                        }
                    }
                } else {
                    searchRuns(in: bytes, runBorders, level: level + 1, add)
                }
            }
        }
    }

    private static func isCut(_ text: UnsafeBufferPointer<UInt8>, before position: Int) -> Bool {
        position >= 3 && endOfCutMark(in: text, at: position - 3) == position
    }
}
