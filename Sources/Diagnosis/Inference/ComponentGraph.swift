import RunModel

/// Who uses whom, from the paths that checks took, and from the platform's architecture between its kinds of parts.
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
    private var flows: [Component: Int] = [:]

    private struct Pair: Hashable {
        var from: Component
        var to: Component
    }

    /// What uses what behind the API, where no request of ours goes along (contract §1.1, §3, §5, §9.4).
    private static let architecture: [(Component, Component)] = [
        (.mlflow, .database), (.mlflow, .artifactStore), (.breaker, .mlflow), (.proxy, .mlflow), (.queue, .redis),
        (.api, .database), (.api, .redis), (.api, .breaker),
    ]

    public init(of record: RunRecord) { self.init(of: record.observed) }

    init(of rows: [(descriptor: CheckDescriptor, result: CheckResult)]) {
        for row in rows {
            let path = row.result.path ?? .declared(by: row.descriptor)
            for edge in path.edges { add(edge, row.result.id) }
        }
        let known = Set(edges.flatMap { [$0.from, $0.to] })
        for (user, used) in Self.architecture
        where (known.contains(used) || used == .breaker) && positions[Pair(from: user, to: used)] == nil {
            positions[Pair(from: user, to: used)] = edges.count
            edges.append(Edge(from: user, to: used))
        }
        for (position, edge) in edges.enumerated() {
            next[edge.from, default: []].append(edge.to)
            flows[.flow(edge.from, edge.to)] = flows[.flow(edge.from, edge.to)] ?? position
        }
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

    /// Adds a way that no request of ours showed, and that one component's words on another did.
    mutating func reveal(_ user: Component, _ used: Component) {
        guard user != used, positions[Pair(from: user, to: used)] == nil else { return }
        positions[Pair(from: user, to: used)] = edges.count
        next[user, default: []].append(used)
        flows[.flow(user, used)] = flows[.flow(user, used)] ?? edges.count
        edges.append(Edge(from: user, to: used))
    }

    public func edge(_ from: Component, _ to: Component) -> Edge? {
        positions[Pair(from: from, to: to)].map { edges[$0] }
    }

    /// The edge that a flow stands for.
    func flow(_ component: Component) -> Edge? { flows[component].map { edges[$0] } }

    /// A component with all that it uses, at once or through others. Circles end.
    public func reach(of component: Component) -> Set<Component> {
        // A connection is as good as what it leads to.
        let start = flow(component)?.to ?? component
        var waiting = [start]
        var seen: Set<Component> = [component, start]
        while let component = waiting.popLast() {
            waiting += (next[component] ?? []).filter { seen.insert($0).inserted }
        }
        return seen
    }

    /// The shortest way, in the order of first use where several are; empty where none leads there.
    public func way(from start: Component, to goal: Component, through middle: Component? = nil) -> [Component] {
        if let middle { return way(from: start, to: middle) + way(from: middle, to: goal).dropFirst() }
        var before: [Component: Component] = [:]
        var seen: Set<Component> = [start]
        var level = [start]
        while !level.isEmpty, !seen.contains(goal) {
            var later: [Component] = []
            for component in level {
                for other in next[component] ?? [] where seen.insert(other).inserted {
                    before[other] = component
                    later.append(other)
                }
            }
            level = later
        }
        guard seen.contains(goal) else { return [] }
        var way = [goal]
        while let component = before[way[way.count - 1]] { way.append(component) }
        return way.reversed()
    }
}
