import RunModel

/// A cause with what inference asks of it again and again: where it stands in the component graph, by numbers.
struct Suspect {
    let cause: Cause
    let component: Int
    let about: Int?
    /// The ends of a connection that is interrupted.
    let flow: (from: Int, to: Int)?
    /// The components that whoever goes through them fails at.
    let affected: [Int]
    /// What no request gets through any more: of a wrong setting or a broken connection what it leads to, not who has it.
    let lost: [Int]
    /// What it rests on: of a setting or a connection what it leads to, for what else its user uses has no part in it.
    let foundation: ComponentSet
    /// All that the component uses.
    let reach: ComponentSet
    /// Whether it lies in what one component has of another, and not in either.
    let isBetween: Bool

    var mode: FailureMode { cause.mode }

    /// - Parameter reach: what a component uses, by its number.
    init(_ cause: Cause, in graph: inout ComponentGraph, reach: (Int, ComponentGraph) -> ComponentSet) {
        self.cause = cause
        component = graph.number(of: cause.component)
        about = cause.about.map { graph.number(of: $0) }
        flow =
            cause.mode == .blocked
            ? graph.flow(cause.component).map { (graph.number(of: $0.from), graph.number(of: $0.to)) } : nil
        if let about {
            affected = [component, about]
            lost = [about]
        } else if let flow {
            let vantage = graph.number(of: .vantage)
            affected = [flow.from, flow.to].filter { $0 != vantage }
            lost = [flow.to]
        } else {
            affected = [component]
            lost = [component]
        }
        var reached = reach(component, graph)
        // A key is worth what validates it says of it.
        if cause.component.kind == .key { reached.insert(graph.number(of: .auth)) }
        self.reach = reached
        foundation = about.map { reach($0, graph) } ?? reached
        isBetween = cause.isBetween
    }
}

extension Cause {
    /// The proxy hands a request on without the caller's key.
    static let lostKey = Cause(.proxy, .defect, about: .mlflow)

    /// Whether it lies in what one component has of another, and not in either.
    var isBetween: Bool { mode == .misconfigured && about != nil || mode == .blocked }

    /// What nobody gets through to any more.
    var losses: [Component] {
        if let about { return [about] }
        return mode == .blocked ? component.ends.map { [$0.to] } ?? [] : [component]
    }

    /// Whether requests that meet it end there, whatever they are for.
    var stopsWholeRequests: Bool {
        mode.isTotal || component.kind == .key || about != nil
            || [.unstable, .exhausted, .garbage, .misrouted].contains(mode)
    }
}

extension FailureMode {
    /// Whether it comes by itself when its day comes.
    var isOfTime: Bool { [.certificateExpired, .certificateExpiring, .expired].contains(self) }

    /// Whether everything still works while it lasts.
    var breaksNothing: Bool { self == .exposed || self == .certificateExpiring }

    /// Whether nothing else can be seen of the component while it lasts.
    var isTotal: Bool {
        switch self {
        case .stopped, .hung, .blocked, .refused, .unresolved, .certificateExpired, .certificateWrongName,
            .certificateUntrusted:
            true
        default: false
        }
    }

    /// Whether some requests meet it and others do not: what failed is then its consequence only where it met it.
    var isPartial: Bool { self == .slow || self == .unstable }
}
