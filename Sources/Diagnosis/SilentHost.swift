import RunModel

/// A host of the target from which nothing came back at all. Whatever was asked of it, the cause is one.
struct SilentHost: Hashable {
    enum Manner: Hashable { case refused, timedOut, unresolved, other }

    /// `api.localhost:8001`, or the host alone when no port is known.
    let place: String
    /// The names that the configuration gives the place: `api`, `registry`.
    let services: [String]
    let manner: Manner

    /// How checks begin the sentence when a connection, and not an answer, is what failed.
    private static let openings = ["no answer from ", "nothing answers at ", "no address of ", "nobody listens on "]

    /// - Parameter target: what the run tests, by name, as the run's header has it.
    init?(_ result: CheckResult, target: [String: String]) {
        guard case .failed(let mismatch) = result.outcome,
            let opening = Self.openings.first(where: mismatch.message.hasPrefix)
        else { return nil }
        let named = mismatch.message.dropFirst(opening.count)
        guard let host = Self.place(in: named.contains("://") ? named : Self.url(in: mismatch.got) ?? named) else {
            return nil
        }
        let known = target.sorted { $0.key < $1.key }.compactMap { name, value in
            Self.place(in: value[...]).map { (name: name, place: $0) }
        }
        // A sentence may name the host without its port, which only the target knows then.
        let exact = known.filter { $0.place == host }
        let byHost = Set(known.map(\.place).filter { $0.hasPrefix(host + ":") })
        place = exact.isEmpty && byHost.count == 1 ? byHost.first ?? host : host
        let found = place
        services = known.filter { $0.place == found }.map(\.name)
        manner = Self.manner(mismatch.got.lowercased())
    }

    private static func manner(_ text: String) -> Manner {
        if text.contains("refused") { return .refused }
        if text.contains("resolve") || text.contains("name or service not known") { return .unresolved }
        if text.contains("timed out") || text.contains("timeout") || text.contains("time-out") { return .timedOut }
        return .other
    }

    private static func url(in text: String) -> Substring? {
        text.split(separator: " ").first { $0.contains("://") }
    }

    /// Host and port of a URL, of `user@host:port/name` or of a text that begins with them.
    private static func place(in text: Substring) -> String? {
        var rest = text
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        rest = rest.prefix { !"/?# ".contains($0) }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        while let last = rest.last, ":.,".contains(last) { rest.removeLast() }
        return rest.isEmpty ? nil : rest.lowercased()
    }

    /// The rule whose fix fits the service; any other service has the general one.
    var ruleID: String {
        for service in services {
            switch (service, manner) {
            case ("database", .timedOut): return "database-silent"
            case ("database", _): return "database-refuses"
            case ("redis", _): return "redis-unreachable"
            case ("mlflow", .unresolved), ("mlflow-direct", .unresolved): return "mlflow-name-unresolved"
            case ("mlflow", .timedOut), ("mlflow-direct", .timedOut): return "mlflow-blocked-by-network"
            case ("mlflow", _), ("mlflow-direct", _): return "mlflow-down"
            case ("auth", .refused), ("auth", .timedOut), ("auth", .other): return "auth-service-down"
            default: continue
            }
        }
        return switch manner {
        case .unresolved: "name-unresolved"
        case .timedOut: "service-silent"
        case .refused, .other: "service-refuses"
        }
    }

    /// `api.localhost:8001 (api, registry)`.
    var description: String { services.isEmpty ? place : "\(place) (\(services.joined(separator: ", ")))" }
}
