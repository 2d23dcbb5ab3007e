import RunModel

/// A connection between two parts of the platform, and what the checks that used it say of it.
struct IntegrationRow {
    let from: Component
    let to: Component
    /// Calls along it that held, and that did not.
    let held: Int
    let failed: Int
    let checks: [CheckID]

    var state: String {
        if failed == 0 { return "works" }
        return held == 0 ? "does not work" : "works, and failed at times"
    }

    /// Between services, by the names of both ends. Checks that break something say nothing of the connection as it is.
    static func all(in undisturbed: [CheckRow]) -> [IntegrationRow] {
        struct Key: Hashable, Comparable {
            let from: Component
            let to: Component
            static func < (left: Key, right: Key) -> Bool { (left.from, left.to) < (right.from, right.to) }
        }
        var groups: [Key: [(check: CheckID, edge: Path.Edge)]] = [:]
        for result in undisturbed.compactMap(\.result) {
            for edge in result.path?.edges ?? [] where edge.isObserved && isShown(edge.to) && isShown(edge.from) {
                groups[Key(from: edge.from, to: edge.to), default: []].append((result.id, edge))
            }
        }
        return groups.sorted { $0.key < $1.key }.map {
            IntegrationRow(
                from: $0.key.from, to: $0.key.to, held: $0.value.reduce(0) { $0 + $1.edge.passed },
                failed: $0.value.reduce(0) { $0 + $1.edge.failed }, checks: $0.value.map(\.check))
        }
    }

    private static func isShown(_ component: Component) -> Bool {
        [.vantage, .service, .database, .redis, .queue, .artifactStore, .proxy, .loadBalancer].contains(component.kind)
    }
}
