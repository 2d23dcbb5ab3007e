import RunModel

/// The component graph as people look at it: the parts of the platform with their state, without what is only read from AWS.
public struct PlatformMap: Hashable, Sendable {
    public enum State: String, CaseIterable, Sendable {
        case atFault = "at fault"
        case suspected
        case affected
        case works
        case unseen = "not observed"
    }

    public struct Node: Hashable, Sendable {
        public var component: Component
        public var title: String
        public var state: State
        /// Places of the findings that name it, 1 for the first.
        public var findings: [Int]
    }

    public private(set) var nodes: [Node] = []
    public private(set) var edges: [ComponentGraph.Edge] = []
    /// Parts and ways that are not shown, because nobody could read so many.
    public private(set) var left = 0

    /// More than these nobody can read in one picture.
    static let mostNodes = 40
    static let mostEdges = 80

    /// - Parameter findings: in the order of the documents.
    public init(of record: RunRecord, findings: [Finding]) {
        var graph = ComponentGraph(of: record)
        for finding in findings {
            // A way that only the check's own word stands for is none to draw.
            for step in finding.path where step.from != .vantage || graph.edge(step.from, step.to) != nil {
                graph.reveal(step.from, step.to)
            }
        }
        var named: [Component: [Int]] = [:]
        var suspected: Set<Component> = []
        for (index, finding) in findings.enumerated() {
            let causes = (finding.fault.map { [$0] } ?? []) + finding.candidates
            for component in Set(causes.flatMap { Self.parts(of: $0, in: graph) }) {
                named[component, default: []].append(index + 1)
            }
            if finding.fault == nil {
                suspected.formUnion(finding.candidates.flatMap { Self.parts(of: $0, in: graph) })
            }
        }
        let atFault = Set(findings.compactMap(\.fault).flatMap { Self.parts(of: $0, in: graph) })
        let ways = graph.edges.filter { Self.isShown($0.from) && Self.isShown($0.to) && $0.from != $0.to }
        let used = Set(ways.flatMap { [$0.from, $0.to] })
        // What is named first, then what everybody knows, then the rest by name.
        let all = used.union(named.keys).sorted {
            (named[$0] == nil ? 1 : 0, $0.isService ? 0 : 1, $0) < (named[$1] == nil ? 1 : 0, $1.isService ? 0 : 1, $1)
        }
        let shown = Set(all.prefix(Self.mostNodes))
        edges = Array(ways.filter { shown.contains($0.from) && shown.contains($0.to) }.prefix(Self.mostEdges))
        left = all.count - shown.count + ways.count - edges.count
        nodes = all.prefix(Self.mostNodes).map { component in
            let state: State
            if atFault.contains(component) {
                state = .atFault
            } else if suspected.contains(component) {
                state = .suspected
            } else {
                state = Self.state(of: component, in: ways)
            }
            return Node(component: component, title: component.title, state: state, findings: named[component] ?? [])
        }
    }

    /// What one sees of a component that no finding names.
    private static func state(of component: Component, in ways: [ComponentGraph.Edge]) -> State {
        if component == .vantage { return .works }
        let uses = ways.filter { $0.to == component }
        if uses.contains(where: { $0.failed > 0 }) { return .affected }
        return uses.contains { $0.passed > 0 } ? .works : .unseen
    }

    /// The parts that a cause stands in: of a connection both of its ends.
    private static func parts(of cause: Cause, in graph: ComponentGraph) -> [Component] {
        guard cause.component.kind == .flow else { return [cause.component] }
        return graph.flow(cause.component).map { [$0.from, $0.to].filter { $0 != .vantage } } ?? [cause.component]
    }

    /// What the run reads of AWS is a source of it, and no part of the platform.
    private static func isShown(_ component: Component) -> Bool { component.kind != .aws }
}
