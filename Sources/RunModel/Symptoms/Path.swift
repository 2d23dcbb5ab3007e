/// What a check exercised: components, and the edges between them that its requests went along.
///
/// A failure implicates its path and a pass exonerates it, edge by edge: what was seen of each edge is counted.
public struct Path: Hashable, Sendable, Codable {
    public struct Edge: Hashable, Sendable, Codable {
        /// What the first component does with the second.
        public enum Relation: String, Sendable, Codable {
            case calls, reads, runsOn = "runs-on", isConfiguredBy = "is-configured-by"
        }

        public var from: Component
        public var relation: Relation
        public var to: Component
        /// How often it was used and held.
        public var passed: Int
        /// How often it was used and did not hold. Neither count: declared, and not observed one by one.
        public var failed: Int

        public init(_ from: Component, _ relation: Relation, _ to: Component, passed: Int = 0, failed: Int = 0) {
            self.from = from
            self.relation = relation
            self.to = to
            self.passed = passed
            self.failed = failed
        }

        /// One use of an edge.
        public static func call(_ from: Component, _ to: Component, held: Bool) -> Edge {
            Edge(from, .calls, to, passed: held ? 1 : 0, failed: held ? 0 : 1)
        }

        public var isObserved: Bool { passed + failed > 0 }
    }

    /// In the order of their first use.
    public private(set) var edges: [Edge]

    public init(_ edges: [Edge] = []) {
        self.edges = []
        for edge in edges { add(edge) }
    }

    public var isEmpty: Bool { edges.isEmpty }

    /// In the order in which the path came to them.
    public var components: [Component] {
        var seen: Set<Component> = []
        return edges.flatMap { [$0.from, $0.to] }.filter { seen.insert($0).inserted }
    }

    /// Counts the uses of an edge; one that is there already takes them on.
    public mutating func add(_ edge: Edge) {
        if let index = edges.firstIndex(where: {
            $0.from == edge.from && $0.relation == edge.relation && $0.to == edge.to
        }) {
            edges[index].passed += edge.passed
            edges[index].failed += edge.failed
        } else {
            edges.append(edge)
        }
    }

    public mutating func add(_ path: Path) {
        for edge in path.edges { add(edge) }
    }

    /// The edges that were used and never held.
    public var broken: [Edge] { edges.filter { $0.failed > 0 && $0.passed == 0 } }
}

extension Path {
    /// The way to a configured service: the proxy's MLflow is asked through the API, everything else directly. What was seen
    /// of it is not said.
    public static func route(to service: Service) -> Path {
        switch service {
        case .mlflow: Path([Edge(.vantage, .calls, .api), Edge(.api, .calls, .mlflow)])
        default: Path([Edge(.vantage, .calls, .service(service))])
        }
    }

    /// What a check declares to need, for those that leave no trace of single requests.
    public static func declared(by descriptor: CheckDescriptor) -> Path {
        var path = Path()
        for capability in descriptor.needs {
            switch capability {
            case .reach(let service): path.add(route(to: service))
            case .aws: path.add(Edge(.vantage, .reads, Component(.aws)))
            case .load, .launch, .variant: path.add(route(to: .api))
            case .faults(let dependency):
                path.add(route(to: .api))
                path.add(Edge(.api, .calls, .dependency(dependency)))
            case .key, .tls, .writes, .part, .unknown: continue
            }
        }
        return path
    }
}
