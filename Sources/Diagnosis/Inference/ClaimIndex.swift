import RunModel

/// Claims by cause and by component, so that inference looks only at those that a cause can reach.
struct ClaimIndex {
    /// A cause, and the rule that tells it apart from others of the same component and kind.
    struct Candidate: Hashable, CustomStringConvertible {
        var cause: Cause
        var rule: String?

        init(cause: Cause, rule: String? = nil) {
            self.cause = cause
            self.rule = rule
        }

        var description: String { cause.description + " " + (rule ?? "") }
    }

    /// The claims that name a cause.
    private(set) var direct: [Candidate: [Int]] = [:]
    /// The claims that speak of a component, or that went through it.
    private var based: [Component: [Int]] = [:]
    /// The causes that affect a component.
    private(set) var affecting: [Component: [Cause]] = [:]
    private var reaches: [Component: Set<Component>] = [:]
    private let graph: ComponentGraph

    init(_ claims: [Claim], _ graph: ComponentGraph) {
        self.graph = graph
        for (position, claim) in claims.enumerated() {
            var bases = claim.behind
            for cause in claim.causes {
                bases.insert(cause.component)
                if let about = cause.about { bases.insert(about) }
                if let edge = graph.flow(cause.component) { bases.insert(edge.to) }
                direct[Candidate(cause: cause, rule: claim.rule), default: []].append(position)
            }
            for component in bases { based[component, default: []].append(position) }
        }
        for candidate in direct.keys {
            let cause = candidate.cause
            for component in [cause.component] + (cause.about.map { [$0] } ?? []) where reaches[component] == nil {
                reaches[component] = graph.reach(of: component)
            }
            guard candidate.rule == nil else { continue }
            for component in Self.affected(by: cause, graph).union([cause.component]) {
                affecting[component, default: []].append(cause)
            }
        }
    }

    /// The claims on whoever uses one of the components, and on those that went through it, oldest first.
    func touching(_ components: Set<Component>) -> [Int] {
        Set(graph.users(of: components).flatMap { based[$0] ?? [] }).sorted()
    }

    /// What a cause rests on: of a setting or a connection what it leads to, for what else its user uses has no part in it.
    func foundation(of cause: Cause) -> Set<Component> { reach(of: cause.about ?? cause.component) }

    /// The component, and all that it uses.
    func reach(of component: Component) -> Set<Component> { reaches[component] ?? [component] }

    static func affected(by cause: Cause, _ graph: ComponentGraph) -> Set<Component> {
        if let about = cause.about { return [cause.component, about] }
        if cause.mode == .blocked, let edge = graph.flow(cause.component) {
            return Set([edge.from, edge.to].filter { $0 != .vantage })
        }
        return [cause.component]
    }
}
