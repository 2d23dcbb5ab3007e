import AWSClient
import RunModel

/// Which resources of the account belong to the platform, and which of its parts rest on each: from the names that the
/// configuration gives, and from what AWS says of what they use.
struct PlatformResources: Sendable {
    enum Belonging: Hashable {
        /// With the parts of the platform that rest on it.
        case platform(Set<Component>)
        case stranger
        /// What was collected does not tell.
        case unknown
    }

    /// The parts by canonical name of `ResourceName`.
    private(set) var parts: [String: Set<Component>] = [:]
    /// Names, or beginnings of names, of which all are known: what is not the platform's is somebody else's.
    private(set) var decided: Set<String> = []
    /// The word with which the names of the platform begin.
    private let word: String

    /// What tells which resources are the platform's.
    static let items: [AWSItem] = [
        .services, .taskDefinitions, .loadBalancers, .targetGroups, .listeners, .securityGroups, .subnets, .routeTables,
        .networkACLs, .databases, .cacheClusters, .namespaces, .discoveryServices, .secrets,
    ]

    /// - Parameter snapshot: what was collected of the account; nil where only the configuration is known.
    init(_ expectations: AWSExpectations, snapshot: AWSSnapshot?) {
        let names = [expectations.settings.cluster] + expectations.settings.ecsServices.values.sorted()
        word = Self.words(names.first ?? "").first ?? ""
        var map = PlatformMap(expectations, snapshot: snapshot)
        map.build()
        parts = map.parts
        decided = map.decided
    }

    /// Whose a resource is, by its canonical name.
    func belonging(of name: String) -> Belonging {
        if let parts = parts[name] { return .platform(parts.union([Component(resource: name)])) }
        if decided.contains(where: { name.hasPrefix($0) }) { return .stranger }
        // Of what nobody lists, the name is all there is.
        let path = name.split(separator: ":", maxSplits: 1).last.map(String.init) ?? name
        if !word.isEmpty, name.contains(":"), !Self.isOpaque(path) {
            return Self.words(path).contains(word) ? .platform([Component(resource: name)]) : .stranger
        }
        return .unknown
    }

    /// Whose a change is: the platform's if anything that it was made on is.
    func belonging(of names: [String]) -> Belonging {
        let all = names.map(belonging(of:))
        let own = all.reduce(into: Set<Component>()) { found, next in
            if case .platform(let parts) = next { found.formUnion(parts) }
        }
        if !own.isEmpty { return .platform(own) }
        return all.allSatisfy { $0 == .unknown } ? .unknown : .stranger
    }

    /// The platform's resources that a text names, by ARN, by id or by their own names.
    func named(in text: String) -> Set<Component> {
        var found = Set(ResourceName.all(in: text).map { Component(resource: $0) })
        let words = Set(text.split { !($0.isLetter || $0.isNumber || "-_./".contains($0)) }.map(String.init))
        for name in parts.keys {
            guard let short = name.split(whereSeparator: { "/:".contains($0) }).last, short.utf8.count >= 4 else {
                continue
            }
            let path = name.split(separator: ":", maxSplits: 1).last.map(String.init) ?? name
            if words.contains(String(short)) || words.contains(path) { found.insert(Component(resource: name)) }
        }
        return found
    }

    private static func words(_ name: String) -> [String] {
        name.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }

    /// Whether a name is made of digits that say nothing to anybody: `key/2d2d…`, `hostedzone/Z0…`.
    private static func isOpaque(_ path: String) -> Bool {
        ["key/", "hostedzone/", "certificate/", "service/srv-", "namespace/ns-", "p-", "r-", "ou-"].contains {
            path.hasPrefix($0)
        }
    }
}
