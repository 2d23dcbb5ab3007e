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
    /// Components are compared again and again: by a number, and not by their texts.
    private var numbers: [Component: Int] = [:]
    private var components: [Component] = []
    private var next: [[Int]] = []
    private var previous: [[Int]] = []
    private var flows: [Component: Int] = [:]

    private struct Pair: Hashable {
        var from: Int
        var to: Int
    }

    /// What uses what behind the API, where no request of ours goes along (contract §1.1, §3, §5, §9.4).
    private static let architecture: [(Component, Component)] = [
        (.mlflow, .database), (.mlflow, .artifactStore), (.breaker, .mlflow), (.proxy, .mlflow), (.queue, .redis),
        (.api, .database), (.api, .redis), (.api, .breaker),
    ]

    public init(of record: RunRecord) {
        let rows = Rows(of: record)
        self.init(of: rows.checks + rows.asked)
    }

    init(of rows: [Row]) {
        for row in rows {
            for edge in row.path.edges {
                let position = position(edge.from, edge.to)
                edges[position].passed += edge.passed
                edges[position].failed += edge.failed
                if edge.passed > 0, edges[position].heldBy == nil { edges[position].heldBy = row.id }
                if edge.failed > 0, edges[position].brokenBy == nil { edges[position].brokenBy = row.id }
            }
        }
        for (user, used) in Self.architecture where numbers[used] != nil || used == .breaker {
            _ = position(user, used)
        }
    }

    /// The place of an edge, which is added where it is not there.
    private mutating func position(_ from: Component, _ to: Component) -> Int {
        let pair = Pair(from: number(of: from), to: number(of: to))
        if let position = positions[pair] { return position }
        positions[pair] = edges.count
        next[pair.from].append(pair.to)
        previous[pair.to].append(pair.from)
        let flow = Component.flow(from, to)
        flows[flow] = flows[flow] ?? edges.count
        edges.append(Edge(from: from, to: to))
        return edges.count - 1
    }

    /// Adds a way that no request of ours showed, and that one component's words on another did.
    mutating func reveal(_ user: Component, _ used: Component) {
        if user != used { _ = position(user, used) }
    }

    public func edge(_ from: Component, _ to: Component) -> Edge? {
        guard let from = numbers[from], let to = numbers[to] else { return nil }
        return positions[Pair(from: from, to: to)].map { edges[$0] }
    }

    /// The edge that a flow stands for.
    func flow(_ component: Component) -> Edge? {
        component.kind == .flow ? flows[component].map { edges[$0] } : nil
    }

    // MARK: - By number

    /// How many components there are; their numbers are below it.
    var count: Int { components.count }

    /// The number of a component, which is added where it is not there.
    mutating func number(of component: Component) -> Int {
        if let number = numbers[component] { return number }
        numbers[component] = components.count
        components.append(component)
        next.append([])
        previous.append([])
        return components.count - 1
    }

    /// A component with all that it uses, at once or through others. Circles end.
    func reach(of number: Int) -> ComponentSet {
        var start = number
        // A connection is as good as what it leads to.
        if let edge = flow(components[number]), let goal = numbers[edge.to] { start = goal }
        var reached = spread(from: [start], along: next)
        reached.insert(number)
        return reached
    }

    /// The components, and all that use them, at once or through others.
    func users(of members: [Int]) -> ComponentSet { spread(from: members, along: previous) }

    private func spread(from start: [Int], along ways: [[Int]]) -> ComponentSet {
        var seen = ComponentSet(among: count, start)
        var waiting = start
        while let member = waiting.popLast() {
            for other in ways[member] where seen.insert(other) { waiting.append(other) }
        }
        return seen
    }

    /// Whether a component uses another, at once or through others, or is the same.
    func reaches(_ user: Component, _ used: Component) -> Bool {
        guard let user = numbers[user], let used = numbers[used] else { return false }
        return reach(of: user).contains(used)
    }

    /// The shortest way, in the order of first use where several are; empty where none leads there.
    public func way(from start: Component, to goal: Component, through middle: Component? = nil) -> [Component] {
        if let middle { return way(from: start, to: middle) + way(from: middle, to: goal).dropFirst() }
        guard let start = numbers[start], let goal = numbers[goal] else { return [] }
        var before: [Int: Int] = [:]
        var seen = ComponentSet(among: count, [start])
        var level = [start]
        while !level.isEmpty, !seen.contains(goal) {
            var later: [Int] = []
            for component in level {
                for other in next[component] where seen.insert(other) {
                    before[other] = component
                    later.append(other)
                }
            }
            level = later
        }
        guard seen.contains(goal) else { return [] }
        var way = [goal]
        while let member = before[way[way.count - 1]] { way.append(member) }
        return way.reversed().map { components[$0] }
    }
}
