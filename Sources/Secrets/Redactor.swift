import Formats
import Foundation
import Synchronization

/// Replaces secrets in everything that leaves the process, by placeholders that are named and stable.
///
/// Known values are found in every form in which they travel (``KnownValues``), then patterns find what nobody declared
/// (``SecretPattern``). What comes out is a ``RedactedText`` or ``RedactedBytes``, the only things that writers take.
///
/// Secrets that a run makes or is handed are learnt while it goes on (``learn(_:)-(Secret)``).
public final class Redactor: Sendable {
    /// The shortest value, in bytes, that is searched for.
    public static let shortestValue = KnownValues.shortestValue

    /// Longer texts are looked at in chunks of this size, so that the memory stays bounded.
    static let chunkSize = 4 << 20
    /// What is looked at again with the next chunk: more than any form of a value takes.
    static let chunkOverlap = 64 << 10

    /// What is looked for, in one piece: every text of every document asks for it.
    private final class Search: Sendable {
        let known: KnownValues

        init(_ secrets: [Secret], vocabulary: Set<String>) { known = KnownValues(secrets, vocabulary: vocabulary) }
    }

    private struct State {
        var secrets: [Secret]
        var vocabulary: Set<String>
        var search: Search
        var counts: [String: Int] = [:]
    }

    private let state: Mutex<State>
    private let unredacted: Set<Sink>

    /// - Parameter vocabulary: words that say nothing of a secret where a text is cut, in lower case.
    public convenience init(_ secrets: [Secret], vocabulary: Set<String> = []) {
        self.init(secrets, vocabulary: vocabulary, unredacted: [])
    }

    /// - Parameter unredacted: writers that get everything as it is, for the proof that each of them needs the redactor.
    package init(_ secrets: [Secret], vocabulary: Set<String> = [], unredacted: Set<Sink>) {
        self.unredacted = unredacted
        state = Mutex(
            State(
                secrets: secrets, vocabulary: vocabulary,
                search: Search(secrets, vocabulary: vocabulary)))
    }

    /// How often each placeholder was written since the start, by name. Part of the bundle as `redaction.json`.
    public var replacements: [String: Int] { state.withLock { $0.counts } }

    /// Whether a value is not looked for, because it is a word that stands in any text: one of the configuration or of the formats.
    ///
    /// - Parameter vocabulary: the words of the configuration, in lower case.
    public static func isWord(_ value: String, of vocabulary: Set<String>) -> Bool {
        KnownValues.isWord(value, of: vocabulary)
    }

    // MARK: Learning

    /// From here on this value is masked too.
    func learn(_ secret: Secret) { learn([secret]) }

    /// From here on these values are masked too, and texts may end with these words.
    public func learn(_ secrets: [Secret], vocabulary: Set<String> = []) {
        state.withLock { state in
            let values = Set(state.secrets.compactMap { $0.reveal() })
            let new = secrets.filter { secret in secret.reveal().map { !values.contains($0) } ?? false }
            guard !new.isEmpty || !vocabulary.isSubset(of: state.vocabulary) else { return }
            state.secrets += new
            state.vocabulary.formUnion(vocabulary)
            state.search = Search(state.secrets, vocabulary: state.vocabulary)
        }
    }

    /// The same as learning a secret that came from the target or from AWS.
    public func learn(_ value: String, as name: String) {
        learn(Secret(name: name, source: .learned, value: value))
    }

    // MARK: Redacting

    /// The text for a writer.
    public func redact(_ text: String, for sink: Sink) -> RedactedText {
        RedactedText(unredacted.contains(sink) ? text : masked(text))
    }

    /// The bytes for a writer.
    public func redact(_ bytes: [UInt8], for sink: Sink) -> RedactedBytes {
        RedactedBytes(unredacted.contains(sink) ? bytes : masked(bytes))
    }

    /// JSON, or JSON lines, for a writer: each text in it by itself, so that its form stays whole.
    public func redact(json bytes: [UInt8], for sink: Sink) -> RedactedBytes {
        RedactedBytes(unredacted.contains(sink) ? bytes : masked(json: bytes))
    }

    /// JSON in which only values that the configuration names are masked, so that whoever has it can put them back
    /// (``revealed(_:by:)``): what must be undone is written down like this.
    public func redact(recoverable json: [UInt8]) -> RedactedBytes {
        RedactedBytes(unredacted.contains(.undoLog) ? json : masked(json: json, extent: .declared))
    }

    /// What was made of redacted records, for a writer. Only known values are masked: the texts of templates of ours, such as
    /// `--password PASSWORD`, resemble secrets.
    public func redact(rendered bytes: [UInt8], isJSON: Bool = false, for sink: Sink) -> RedactedBytes {
        if unredacted.contains(sink) { return RedactedBytes(bytes) }
        let masked =
            isJSON
            ? masked(json: bytes, extent: .known)
            : bytes.withUnsafeBufferPointer { mask($0, extent: .known) } ?? bytes
        return RedactedBytes(masked, isMaskedRendering: masked != bytes)
    }

    /// The text with its placeholders replaced by values.
    ///
    /// - Parameter value: a secret's value by its name; a placeholder whose value is not known stays.
    public static func revealed(_ text: String, by value: (String) -> String?) -> String {
        text.replacing(#/‹secret:([^›]+)›/#) { match in value(String(match.1)) ?? String(match.0) }
    }

    /// The text with its secrets masked, for what goes on to be worked with.
    public func masked(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in mask(bytes).map { String(decoding: $0, as: UTF8.self) } } ?? text
    }

    public func masked(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBufferPointer { mask($0) } ?? bytes
    }

    /// The names of the known secrets that stand in the bytes. Empty for bytes that went through this redactor.
    ///
    /// What a pattern guesses does not count, nor does a short number: it stands in any file by chance.
    public func leaks(in bytes: [UInt8]) -> [String] {
        let search = state.withLock { $0.search }
        var names: Set<String> = []
        bytes.withUnsafeBufferPointer { text in
            Self.inChunks(text) { chunk, start, limit in
                let decoded = DecodedText.hasEscapes(chunk) ? DecodedText(chunk) : nil
                let matches = search.known.matches(
                    in: chunk, decoded: decoded, startIsBorder: false, endIsBorder: false, masksPieces: false)
                for match in matches where !search.known.isShortNumber(match.secret) {
                    names.insert(search.known.names[match.secret])
                }
                return limit
            }
        }
        return names.sorted()
    }

    /// How much is masked.
    enum Extent {
        case everything
        /// Known values.
        case known
        /// Known values of the configuration and the environment.
        case declared
    }

    /// - Returns: nil when there is nothing to mask.
    func mask(_ text: UnsafeBufferPointer<UInt8>, extent: Extent = .everything) -> [UInt8]? {
        let search = state.withLock { $0.search }
        var result: [UInt8] = []
        var found: [String: Int] = [:]
        var copied = 0
        Self.inChunks(text) { chunk, start, limit in
            let isLast = start + chunk.count == text.count
            let masks = Mask.all(
                in: chunk, search.known, extent, startIsBorder: start == 0, endIsBorder: isLast)
            var next = limit
            for mask in masks where start + mask.range.lowerBound < limit {
                var mask = mask
                if !isLast, mask.range.upperBound == chunk.count {
                    // What reaches the chunk's end may go on behind it: it is looked at whole with the next one. What fills a chunk
                    // goes on by itself.
                    if mask.range.lowerBound > 0 {
                        next = start + mask.range.lowerBound
                        break
                    }
                    mask.clip(to: limit - start)
                }
                if result.isEmpty, copied == 0 { result.reserveCapacity(text.count) }
                result.append(contentsOf: text[copied..<start + mask.range.lowerBound])
                result.append(contentsOf: mask.placeholder(search.known))
                copied = start + mask.range.upperBound
                found[mask.name(search.known), default: 0] += 1
                next = max(next, copied)
            }
            return next
        }
        guard copied > 0 else { return nil }
        result.append(contentsOf: text[copied...])
        state.withLock { $0.counts.merge(found, uniquingKeysWith: +) }
        return result
    }

    /// Hands over chunk after chunk, each with where it begins and up to where matches in it count.
    ///
    /// - Parameter body: returns where the next chunk begins.
    private static func inChunks(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>, Int, Int) -> Int
    ) {
        var start = 0
        while start < text.count {
            let end = min(text.count, start + chunkSize)
            let limit = end == text.count ? end : end - chunkOverlap
            start = body(UnsafeBufferPointer(rebasing: text[start..<end]), start, limit)
        }
    }
}

/// A place that is to be masked.
struct Mask {
    private enum Cause {
        case known(Int)
        case pattern(String)
    }

    private(set) var range: Range<Int>
    private var cause: Cause

    mutating func clip(to end: Int) { range = range.lowerBound..<min(end, range.upperBound) }

    /// All places of a text from its start to its end, none overlapping another.
    static func all(
        in text: UnsafeBufferPointer<UInt8>, _ known: KnownValues, _ extent: Redactor.Extent, startIsBorder: Bool,
        endIsBorder: Bool
    ) -> [Mask] {
        let decoded = DecodedText.hasEscapes(text) ? DecodedText(text) : nil
        var matches = known.matches(
            in: text, decoded: decoded, startIsBorder: startIsBorder, endIsBorder: endIsBorder,
            masksPieces: extent == .everything)
        if extent == .declared { matches.removeAll { known.isLearned($0.secret) } }
        var masks = matches.map { Mask(range: $0.range, cause: .known($0.secret)) }
        if extent != .everything { return merged(masks, known) }
        if let decoded {
            decoded.bytes.withUnsafeBufferPointer { bytes in
                decoded.starts.withUnsafeBufferPointer { starts in
                    masks += SecretPattern.matches(in: bytes).map {
                        Mask(range: KnownValues.original(of: $0.range, starts), cause: .pattern($0.name))
                    }
                }
            }
        } else {
            masks += SecretPattern.matches(in: text).map { Mask(range: $0.range, cause: .pattern($0.name)) }
        }
        return merged(masks, known)
    }

    /// Places that overlap become one, named after the longest known value in it. What a pattern finds around a placeholder that
    /// is there already is left.
    private static func merged(_ masks: [Mask], _ known: KnownValues) -> [Mask] {
        guard masks.count > 1 else { return masks }
        var result: [Mask] = []
        var longest = 0
        let ordered = masks.sorted {
            ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound)
        }
        for mask in ordered {
            guard let last = result.last, mask.range.lowerBound < last.range.upperBound else {
                result.append(mask)
                longest = mask.weight
                continue
            }
            if mask.weight > longest {
                result[result.count - 1].cause = mask.cause
                longest = mask.weight
            }
            let end = max(last.range.upperBound, mask.range.upperBound)
            result[result.count - 1].range = last.range.lowerBound..<end
        }
        return result
    }

    /// A known value outweighs every guess.
    private var weight: Int {
        if case .known = cause { range.count + (1 << 40) } else { range.count }
    }

    func name(_ known: KnownValues) -> String {
        switch cause {
        case .known(let secret): known.names[secret]
        case .pattern(let name): name
        }
    }

    func placeholder(_ known: KnownValues) -> [UInt8] {
        switch cause {
        case .known(let secret): known.placeholder(of: secret)
        case .pattern(let name): Array("‹secret:\(name)›".utf8)
        }
    }
}
