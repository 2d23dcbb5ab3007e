/// A pattern of a rule: `*` stands for any run of characters, `?` for one.
struct WildcardPattern: Hashable {
    private let characters: [Unicode.Scalar]
    /// How many characters stand before the first `*` or `?`.
    private let literalCount: Int

    init(_ text: String, ignoringCase: Bool) {
        characters = Array((ignoringCase ? text.lowercased() : text).unicodeScalars)
        literalCount = characters.firstIndex { $0 == "*" || $0 == "?" } ?? characters.count
    }

    /// What everything that it matches begins with.
    var literalPrefix: ArraySlice<Unicode.Scalar> { characters[..<literalCount] }

    /// `*`, also written twice.
    var isAnything: Bool { !characters.isEmpty && characters.allSatisfy { $0 == "*" } }

    private var isLiteral: Bool { literalCount == characters.count }

    /// Whether everything that `other` matches is matched here.
    func covers(_ other: WildcardPattern) -> Bool {
        guard other.literalPrefix.starts(with: literalPrefix) else { return false }
        if isLiteral { return self == other }
        let (own, theirs) = (characters, other.characters)
        // Walks the other pattern; a position of ours is reachable when all it has matched so far is matched.
        func closed(_ positions: Set<Int>) -> Set<Int> {
            var result = positions
            for position in positions {
                var next = position
                while next < own.count, own[next] == "*" {
                    next += 1
                    result.insert(next)
                }
            }
            return result
        }
        var reachable = closed([literalCount])
        for character in theirs[literalCount...] {
            var next: Set<Int> = []
            for position in reachable where position < own.count {
                switch own[position] {
                case "*": next.insert(position)
                case "?": if character != "*" { next.insert(position + 1) }
                default: if character == own[position] { next.insert(position + 1) }
                }
            }
            reachable = closed(next)
            if reachable.isEmpty { return false }
        }
        return reachable.contains(own.count)
    }

    /// Whether some text is matched by both.
    func overlaps(_ other: WildcardPattern) -> Bool {
        guard zip(literalPrefix, other.literalPrefix).allSatisfy(==) else { return false }
        let (left, right) = (characters, other.characters)
        let start = min(literalCount, other.literalCount)
        var seen: Set<[Int]> = []
        var waiting = [[start, start]]
        while let state = waiting.popLast() {
            guard seen.insert(state).inserted else { continue }
            let (i, j) = (state[0], state[1])
            if i == left.count, j == right.count { return true }
            if i < left.count, left[i] == "*" {
                waiting.append([i + 1, j])
                if j < right.count { waiting.append([i, j + 1]) }
            }
            if j < right.count, right[j] == "*" {
                waiting.append([i, j + 1])
                if i < left.count { waiting.append([i + 1, j]) }
            }
            if i < left.count, j < right.count, left[i] != "*", right[j] != "*",
                left[i] == right[j] || left[i] == "?" || right[j] == "?"
            {
                waiting.append([i + 1, j + 1])
            }
        }
        return false
    }
}
