import RunModel

/// Claims by cause and by component, so that inference looks only at those that a cause can reach.
struct ClaimIndex {
    /// A cause, and the rule that tells it apart from others of the same component and kind.
    struct Candidate: Hashable {
        /// Its place in ``ClaimIndex/suspects``.
        var suspect: Int
        var rule: String?
    }

    /// What a claim names, by numbers.
    struct Entry {
        /// Places in ``ClaimIndex/suspects``.
        var causes: [Int] = []
        var behind: [Int] = []
        /// Every component that it speaks of, or that it went through.
        var bases: [Int] = []
        var subject: Int?
        var reporter: Int?
        /// What it says itself to be out of order, and what its requests failed at.
        var implicated: [Int] = []
    }

    private(set) var suspects: [Suspect] = []
    private(set) var entries: [Entry] = []
    /// The claims that name a cause, oldest first.
    private(set) var direct: [Candidate: [Int]] = [:]
    /// The causes that no rule tells apart.
    private(set) var plain: [Int] = []
    private var places: [Cause: Int] = [:]
    private var reaches: [Int: ComponentSet] = [:]

    init(_ claims: [Claim], _ graph: inout ComponentGraph) {
        // Every component has its number before sets of them are made.
        _ = graph.number(of: .auth)
        for claim in claims {
            var entry = Entry()
            entry.behind = claim.behind.map { graph.number(of: $0) }
            entry.subject = claim.subject.map { graph.number(of: $0) }
            entry.reporter = claim.reporter.map { graph.number(of: $0) }
            entry.implicated = claim.implicated.map { graph.number(of: $0) }
            for cause in claim.causes + (claim.fallback.map { [$0] } ?? []) {
                _ = graph.number(of: cause.component)
                if let about = cause.about { _ = graph.number(of: about) }
            }
            entries.append(entry)
        }
        for reporter in Set(entries.compactMap(\.reporter)) { reaches[reporter] = graph.reach(of: reporter) }
        for (position, claim) in claims.enumerated() {
            entries[position].causes = claim.causes.map { place(of: $0, &graph) }
            entries[position].bases = bases(of: entries[position])
            for suspect in entries[position].causes {
                let candidate = Candidate(suspect: suspect, rule: claim.rule)
                if direct[candidate] == nil, claim.rule == nil { plain.append(suspect) }
                direct[candidate, default: []].append(position)
            }
        }
    }

    private mutating func place(of cause: Cause, _ graph: inout ComponentGraph) -> Int {
        if let place = places[cause] { return place }
        places[cause] = suspects.count
        let suspect = Suspect(cause, in: &graph) { number, graph in
            if let known = reaches[number] { return known }
            let reach = graph.reach(of: number)
            reaches[number] = reach
            return reach
        }
        suspects.append(suspect)
        return suspects.count - 1
    }

    private func bases(of entry: Entry) -> [Int] {
        var bases = Set(entry.behind)
        for suspect in entry.causes.map({ suspects[$0] }) {
            bases.insert(suspect.component)
            bases.formUnion(suspect.lost)
        }
        return Array(bases)
    }

    /// All that one who reports of others uses.
    func reach(of reporter: Int) -> ComponentSet { reaches[reporter] ?? ComponentSet(among: 0) }

    func cause(_ candidate: Candidate) -> Cause { suspects[candidate.suspect].cause }
}
