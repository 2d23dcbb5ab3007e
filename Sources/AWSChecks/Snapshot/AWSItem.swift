import AWSClient

/// One thing the snapshot holds, declared in one file under `Items/`: what it calls, what it is collected from, where it stands in
/// the snapshot, and how it is collected. A check names the items it reads; the policy, the preflight, the snapshot's parts and
/// their files follow from that.
public struct AWSItem: Sendable {
    /// The name of its file under `aws/` and of its member in it.
    public let rawValue: String
    /// The IAM actions that collecting it calls, without those of the items it is collected from.
    public let actions: [String]
    /// What the policy limits the actions to.
    let scope: Scope
    /// The items it is collected from.
    public let sources: [AWSItem]
    /// Items that it is collected after and can do without: what AWS refuses of them decides nothing.
    let aids: [AWSItem]
    let collect: @Sendable (AWSSnapshotCollector, inout AWSSnapshot) async -> Void
    let adopt: @Sendable (inout AWSSnapshot, AWSSnapshot) -> Void
    let decode: @Sendable (KeyedDecodingContainer<AWSSnapshot.Key>, inout AWSSnapshot) throws -> Void

    /// What a statement of the policy limits actions to, where AWS ties them to resources the configuration names.
    enum Scope: Hashable, CaseIterable {
        case anything, buckets, artifactProbe, secrets, logGroups
    }

    /// - Parameters:
    ///   - part: where the snapshot holds it.
    ///   - collect: asks for it; the snapshot holds what it is collected from.
    init<Part: SnapshotPart>(
        _ name: String, at part: any WritableKeyPath<AWSSnapshot, Part> & Sendable, actions: [String] = [],
        on scope: Scope = .anything, from sources: [AWSItem] = [], aidedBy aids: [AWSItem] = [],
        collect: @escaping @Sendable (AWSSnapshotCollector, AWSSnapshot) async -> Part
    ) {
        rawValue = name
        self.actions = actions
        self.scope = scope
        self.sources = sources
        self.aids = aids
        self.collect = { collector, snapshot in snapshot[keyPath: part] = await collect(collector, snapshot) }
        adopt = { snapshot, other in snapshot[keyPath: part] = other[keyPath: part] }
        decode = { container, snapshot in
            guard let key = AWSSnapshot.Key(stringValue: name) else { return }
            if let answer = try container.decodeIfPresent(Part.self, forKey: key) { snapshot[keyPath: part] = answer }
        }
    }

    /// The items and all they are collected from, each once, sources first.
    public static func closure(of items: [AWSItem]) -> [AWSItem] {
        var found: [AWSItem] = []
        func add(_ item: AWSItem) {
            guard !found.contains(item) else { return }
            item.sources.forEach(add)
            found.append(item)
        }
        items.forEach(add)
        return found
    }

    /// Every action that collecting the items calls, sorted.
    public static func actions(for items: [AWSItem]) -> [String] {
        Set(closure(of: items).flatMap(\.actions)).sorted()
    }

    /// Every action that the policy limits to the scope.
    static func actions(on scope: Scope) -> [String] { allCases.filter { $0.scope == scope }.flatMap(\.actions) }
}

extension AWSItem: Hashable {
    public static func == (left: AWSItem, right: AWSItem) -> Bool { left.rawValue == right.rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
