import RunModel

/// Who uses whom, from the paths that checks took. No name stands here: what no check went along is not in it.
public struct ComponentGraph: Hashable, Sendable {
    /// One edge with what all results say of it.
    public struct Edge: Hashable, Sendable {
        public var from: Component
        public var to: Component
        public var passed = 0
        public var failed = 0
        /// A check that used it and for which it held, and one for which it did not.
        public var heldBy: CheckID?
        public var brokenBy: CheckID?
    }

    public private(set) var edges: [Edge] = []
    private var positions: [Pair: Int] = [:]
    private var next: [Component: [Component]] = [:]

    private struct Pair: Hashable {
        var from: Component
        var to: Component
    }

    public init(of record: RunRecord) {
        for row in record.rows {
            let path = row.result.path ?? .declared(by: row.descriptor)
            for edge in path.edges { add(edge, row.result.id) }
        }
        for edge in edges { next[edge.from, default: []].append(edge.to) }
    }

    private mutating func add(_ edge: Path.Edge, _ check: CheckID) {
        let pair = Pair(from: edge.from, to: edge.to)
        let position = positions[pair] ?? edges.count
        if position == edges.count {
            positions[pair] = position
            edges.append(Edge(from: edge.from, to: edge.to))
        }
        edges[position].passed += edge.passed
        edges[position].failed += edge.failed
        if edge.passed > 0, edges[position].heldBy == nil { edges[position].heldBy = check }
        if edge.failed > 0, edges[position].brokenBy == nil { edges[position].brokenBy = check }
    }

    public func edge(_ from: Component, _ to: Component) -> Edge? {
        positions[Pair(from: from, to: to)].map { edges[$0] }
    }

    /// Whether the first uses the second, at once or through others. A component uses itself; cycles end.
    public func uses(_ user: Component, _ used: Component) -> Bool {
        var waiting = [user]
        var seen: Set<Component> = [user]
        while let component = waiting.popLast() {
            if component == used { return true }
            waiting += (next[component] ?? []).filter { seen.insert($0).inserted }
        }
        return false
    }

    /// The shortest way, in the order of first use where several are; empty where none leads there.
    public func way(from start: Component, to goal: Component, through middle: Component? = nil) -> [Component] {
        if let middle { return way(from: start, to: middle) + way(from: middle, to: goal).dropFirst() }
        var ways: [[Component]] = [[start]]
        var seen: Set<Component> = [start]
        while !ways.isEmpty {
            if let way = ways.first(where: { $0.last == goal }) { return way }
            ways = ways.flatMap { way in
                (next[way[way.count - 1]] ?? []).filter { seen.insert($0).inserted }.map { way + [$0] }
            }
        }
        return []
    }
}
