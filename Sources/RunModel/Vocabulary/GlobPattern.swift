/// A pattern in which `*` stands for any run of characters and `?` for exactly one; letter case does not matter.
public struct GlobPattern: Hashable, Sendable {
    private let pattern: [Character]

    public init(_ pattern: String) {
        self.pattern = Array(pattern.lowercased())
    }

    /// Whether the whole text matches. Linear in practice: on a mismatch only the last `*` is tried one character further on.
    public func matches(_ text: String) -> Bool {
        let text = Array(text.lowercased())
        var position = 0
        var patternPosition = 0
        var lastStar: (pattern: Int, text: Int)?
        while position < text.count {
            if patternPosition < pattern.count, pattern[patternPosition] == "*" {
                lastStar = (patternPosition, position)
                patternPosition += 1
            } else if patternPosition < pattern.count,
                pattern[patternPosition] == "?" || pattern[patternPosition] == text[position]
            {
                patternPosition += 1
                position += 1
            } else if let star = lastStar {
                lastStar = (star.pattern, star.text + 1)
                patternPosition = star.pattern + 1
                position = star.text + 1
            } else {
                return false
            }
        }
        return pattern[patternPosition...].allSatisfy { $0 == "*" }
    }
}
