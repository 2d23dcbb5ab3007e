import RunModel

/// What one check saw, as rules read it.
public struct Observation: Sendable {
    public let check: CheckID
    public let category: Category
    public let profile: DeploymentProfile?
    private let text: [UInt8]

    /// - Parameter profile: the deployment's profile, if the run found it out.
    public init(_ descriptor: CheckDescriptor, _ result: CheckResult, profile: DeploymentProfile?) {
        check = descriptor.id
        category = descriptor.category
        self.profile = profile
        var parts = [result.outcome.message]
        // What was expected is left out: "expected 502" is no 502.
        if case .failed(let mismatch) = result.outcome { parts.append(mismatch.got) }
        text = Array(parts.joined(separator: "\n").lowercased().utf8)
    }

    /// Whether the words stand in the text as whole words, whatever their case: `502` is not in `1502 ms`.
    public func mentions(_ words: String) -> Bool {
        let pattern = Array(words.lowercased().utf8)
        guard let first = pattern.first, let last = pattern.last, pattern.count <= text.count else { return false }
        for start in 0...(text.count - pattern.count) where text[start] == first {
            let end = start + pattern.count
            guard text[start..<end].elementsEqual(pattern) else { continue }
            let opens = start == 0 || !Self.isWord(first) || !Self.isWord(text[start - 1])
            let closes = end == text.count || !Self.isWord(last) || !Self.isWord(text[end])
            if opens && closes && !isFigure(pattern, endingAt: end) { return true }
        }
        return false
    }

    /// Whether a number is one with a unit, such as `502 ms`, and so no status of an answer.
    private func isFigure(_ pattern: [UInt8], endingAt end: Int) -> Bool {
        guard pattern.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return false }
        let rest = String(decoding: text[end...].prefix(12), as: UTF8.self)
        let unit = rest.drop(while: { $0 == " " }).prefix { $0.isLetter || $0 == "%" || $0 == "/" }
        return ["µs", "us", "ms", "s", "min", "h", "bytes", "byte", "kb", "mb", "/s", "%"].contains(String(unit))
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
        default: false
        }
    }
}
