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
    /// The claims on whoever uses a component, and on those that went through it.
    private(set) var touching: [Component: [Int]] = [:]
    /// The causes that affect a component.
    private(set) var affecting: [Component: [Cause]] = [:]
    private var reaches: [Component: Set<Component>] = [:]

    init(_ claims: [Claim], _ graph: ComponentGraph) {
        for (position, claim) in claims.enumerated() {
            var touched = claim.behind
            for cause in claim.causes {
                for component in [cause.component] + (cause.about.map { [$0] } ?? []) {
                    let reach = reaches[component] ?? graph.reach(of: component)
                    reaches[component] = reach
                    touched.formUnion(reach)
                }
                direct[Candidate(cause: cause, rule: claim.rule), default: []].append(position)
            }
            for component in touched { touching[component, default: []].append(position) }
        }
        for candidate in direct.keys where candidate.rule == nil {
            for component in Self.affected(by: candidate.cause, graph).union([candidate.cause.component]) {
                affecting[component, default: []].append(candidate.cause)
            }
        }
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
