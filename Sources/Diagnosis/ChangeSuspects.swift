import Foundation
import RunModel

/// Which changes may be behind a failure: those made before it was seen, on what failed, on its way, or of a kind that brings such a
/// failure about.
///
/// A suspect is no proof. It is told with who did what and when, so that a person can say whether it was this.
struct ChangeSuspects {
    /// More would be a log again.
    private static let most = 3

    private let changes: [Change]

    /// - Parameter record: nil when nobody could tell what was changed.
    init(_ record: ChangeRecord?) {
        // A refused call changed nothing.
        changes = record?.changes.filter { $0.errorCode == nil } ?? []
    }

    /// How near a change is to a failure.
    private enum Nearness: Int {
        /// On a resource that the failing check names.
        case named
        /// On what that rests on.
        case beneath
        /// On the part of the way that broke.
        case broken
        /// On another part of the way.
        case onPath
        /// Elsewhere in the platform, or nobody knows where.
        case elsewhere
    }

    /// The suspects of a failure: the nearest first, of those the most typical kind, and of one kind the newest. What AWS did on its
    /// own, and what was only planned, come last.
    ///
    /// - Parameters:
    ///   - rule: what is known of the cause, if anything is.
    ///   - result: what the check saw, and where it went.
    func behind(_ rule: Rule?, of check: CheckDescriptor, _ result: CheckResult) -> [Change] {
        let place = FailurePlace(check, result)
        // What is typical of the cause comes before what is typical of the check.
        let kinds =
            Self.kinds(of: check).map { own in
                let known = rule?.changes ?? []
                return known + own.filter { !known.contains($0) }
            } ?? rule?.changes
        let candidates = changes.filter { $0.at <= result.startedAt }.compactMap { change -> (Change, [Int])? in
            let nearness = nearness(of: change, to: place)
            let rank = kinds.map { $0.firstIndex(of: change.kind) ?? $0.count } ?? 0
            // Away from the failure only a typical kind is worth a look.
            guard nearness.rawValue <= Nearness.broken.rawValue || kinds.map({ rank < $0.count }) ?? true else {
                return nil
            }
            return (change, [change.isAutomatic ? 1 : 0, change.isPlanned ? 1 : 0, nearness.rawValue, rank])
        }
        let sorted = candidates.sorted { left, right in
            if left.1 != right.1 { return left.1.lexicographicallyPrecedes(right.1) }
            return (right.0.at, left.0.id) < (left.0.at, right.0.id)
        }
        return sorted.prefix(Self.most).map(\.0)
    }

    private func nearness(of change: Change, to place: FailurePlace) -> Nearness {
        if change.isMade(on: place.named) { return .named }
        let parts = Set(change.components)
        if !parts.isDisjoint(with: place.named) { return .beneath }
        if !parts.isDisjoint(with: place.broken) { return .broken }
        return parts.isDisjoint(with: place.way) ? .elsewhere : .onPath
    }

    /// Nil where any change may be behind it.
    static func kinds(of check: CheckDescriptor) -> [Change.Kind]? {
        switch check.category {
        case .database: [.databasePassword, .database, .secret, .securityGroup, .network, .encryptionKey]
        case .redis: [.cache, .secret, .securityGroup, .network]
        case .mlflow, .registration:
            [.service, .taskDefinition, .image, .bucket, .securityGroup, .discovery, .configuration, .identity]
        case .authentication, .credentials: [.secret, .taskDefinition, .identity, .service]
        case .permissions: [.identity]
        case .discovery: [.discovery, .dns, .network]
        case .environment: [.configuration, .secret, .taskDefinition]
        case .aws: kindsByService.first { check.id.rawValue.hasPrefix("AWS-\($0.key)-") }?.value
        case .suites, .probes: nil
        case .performance, .load: [.scaling] + serviceKinds
        case .unit, .integration, .serviceHealth, .chaos: serviceKinds
        }
    }

    private static let serviceKinds: [Change.Kind] = [
        .service, .taskDefinition, .image, .listenerRule, .firewall, .dns, .targetGroup, .loadBalancer, .stack, .code,
    ]

    /// What can bring a cause about, by the kind of its component; nil where any change may.
    static func kinds(of cause: Cause) -> Set<Change.Kind>? {
        // Time alone brings it about, or what was put in place of something that had more of it left.
        if cause.mode.isOfTime { return cause.component.kind == .key ? [.secret] : [.certificate] }
        if cause.about != nil { return [.taskDefinition, .secret, .configuration, .service, .code] }
        return switch cause.component.kind {
        case .service, .breaker, .proxy: [.service, .taskDefinition, .task, .image, .code, .configuration]
        case .database, .databaseInstance: [.database, .databasePassword, .secret, .code]
        case .redis, .cache, .queue: [.cache, .secret]
        case .flow: [.securityGroup, .network]
        case .dnsName, .namespace, .discoveryService: [.discovery, .network, .configuration]
        case .loadBalancer, .listener, .listenerRule, .targetGroup:
            [.loadBalancer, .listenerRule, .targetGroup, .certificate]
        default: nil
        }
    }

    /// Of the checks on AWS itself, by the middle part of their ids.
    private static let kindsByService: [String: [Change.Kind]] = [
        "ALB": [.listenerRule, .targetGroup, .loadBalancer, .certificate, .service, .firewall, .dns],
        "CACHE": [.cache],
        "CW": [.service, .taskDefinition, .task, .image, .targetGroup, .scaling],
        "ECS": [.taskDefinition, .service, .image, .task, .encryptionKey, .secret, .configuration, .scaling],
        "MAP": [.discovery, .dns, .service],
        "NET": [.securityGroup, .network],
        "RDS": [.database, .databasePassword],
        "S3": [.bucket, .identity],
        "SEC": [.secret, .databasePassword, .encryptionKey],
    ]
}

extension Change {
    /// Whether it was made on one of these, and not on what they rest on.
    func isMade(on components: Set<Component>) -> Bool {
        subjects.contains { components.contains(Component(resource: $0)) }
    }
}

/// Where a failure is: what the check names, and the way that it went.
struct FailurePlace {
    /// Resources and parts that the check found at fault.
    let named: Set<Component>
    /// Both ends of what broke.
    let broken: Set<Component>
    let way: Set<Component>

    init(_ check: CheckDescriptor, _ result: CheckResult) {
        let path = result.path ?? .declared(by: check)
        // Whatever the vantage point reads of the snapshot and finds wrong is what the check names.
        let read = path.edges.filter { $0.relation == .reads && $0.failed > 0 }.map(\.to)
        let about = [result.outcome.symptom?.component].compactMap(\.self)
        named = Self.telling(read + about)
        broken = Self.telling(path.broken.flatMap { [$0.from, $0.to] })
        way = Self.telling(path.components)
    }

    /// Every form of the components, without those that stand for anything.
    private static func telling(_ components: [Component]) -> Set<Component> {
        components.filter { ![.vantage, .aws, .setting, .unknown].contains($0.kind) }
            .reduce(into: []) { $0.formUnion($1.identities) }
    }
}
