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
        parts += result.facts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
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
