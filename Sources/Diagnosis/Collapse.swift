import RunModel

/// Failures folded over the dependency graph: each root with what failed or was blocked because of it.
struct Collapse {
    /// Roots in the order of phase, category and id.
    private(set) var roots: [(root: CheckID, consequences: [CheckID])] = []
    private(set) var doubts: [Doubt] = []

    private let rows: Rows
    private let dependencies: [CheckID: [CheckID]]

    init(of record: RunRecord, _ rows: Rows) {
        self.rows = rows
        let entries = record.plan.entries
        dependencies = Dictionary(
            entries.indices.lazy.map { (entries[$0].descriptor.id, entries[$0].descriptor.dependsOn) },
            uniquingKeysWith: { first, _ in first })
        var consequences: [CheckID: [CheckID]] = [:]
        var origins: [CheckID] = []
        for row in rows.checks where Self.wantsCause(row.result.status) {
            let origin = origin(of: row.id)
            if origin == row.id {
                origins.append(origin)
            } else {
                consequences[origin, default: []].append(row.id)
            }
        }
        let known = Set(origins)
        // A check may be blocked by one that has no result itself: left out of the run, or not reached.
        for origin in consequences.keys.sorted() where !known.contains(origin) { origins.append(origin) }
        for origin in origins {
            let behind = consequences[origin] ?? []
            let result = rows[origin]?.result
            if let result, Self.isFault(result.status) {
                roots.append((origin, behind))
            } else if let result {
                doubts.append(Doubt(check: origin, reason: result.outcome.message, consequences: behind))
            } else {
                doubts.append(Doubt(check: origin, reason: "has no result in this run", consequences: behind))
            }
        }
    }

    /// Whether somebody has to act: the system is wrong, or Plumbline is.
    static func isFault(_ status: Status) -> Bool {
        switch status {
        case .failed, .timeout, .error: true
        case .passed, .inconclusive, .blocked, .skipped, .flaky: false
        }
    }

    private static func wantsCause(_ status: Status) -> Bool {
        isFault(status) || status == .blocked || status == .inconclusive
    }

    /// Walks up: first to the check that blocked this one, then to any dependency that is at fault itself.
    private func origin(of start: CheckID) -> CheckID {
        var current = start
        var visited: Set<CheckID> = [start]
        while let next = next(above: current), visited.insert(next).inserted { current = next }
        return current
    }

    private func next(above id: CheckID) -> CheckID? {
        if case .blocked(let by)? = rows[id]?.result.outcome { return by }
        return faultyAncestor(of: id)
    }

    /// The nearest dependency at fault, by breadth, then by name.
    private func faultyAncestor(of id: CheckID) -> CheckID? {
        var visited: Set<CheckID> = [id]
        var level = dependencies[id] ?? []
        while !level.isEmpty {
            let found = level.filter { visited.insert($0).inserted }.sorted()
            if let fault = found.first(where: { rows[$0].map { Self.isFault($0.result.status) } ?? false }) {
                return fault
            }
            level = found.flatMap { dependencies[$0] ?? [] }
        }
        return nil
    }
}
