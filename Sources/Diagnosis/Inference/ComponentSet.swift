/// A set of components by their numbers in a graph.
struct ComponentSet: Hashable, Sendable {
    private var words: [UInt64]

    /// - Parameter count: how many components there are.
    init(among count: Int, _ members: some Sequence<Int> = []) {
        words = Array(repeating: 0, count: (count + 63) / 64)
        for member in members { insert(member) }
    }

    func contains(_ member: Int) -> Bool {
        member / 64 < words.count && words[member / 64] >> UInt64(member % 64) & 1 == 1
    }

    /// Whether it was not there yet. Numbers beyond those of the graph are of no component.
    @discardableResult
    mutating func insert(_ member: Int) -> Bool {
        guard member / 64 < words.count, !contains(member) else { return false }
        words[member / 64] |= 1 << UInt64(member % 64)
        return true
    }

    func containsAny(of members: [Int]) -> Bool { members.contains(where: contains) }
}
