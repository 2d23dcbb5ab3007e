import Foundation
import RunModel

/// Which changes may be behind a failure: those of a kind that brings such a failure about, made before it was seen.
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

    /// The suspects of a failure: the most typical kind first, of one kind the newest first. Where no kind is typical, the
    /// newest of all.
    func behind(_ rule: Rule?, of check: CheckDescriptor, seenAt moment: Date) -> [Change] {
        let before = changes.filter { $0.at <= moment }.sorted { ($1.at, $0.id) < ($0.at, $1.id) }
        let kinds = rule?.changes ?? Self.kinds(of: check)
        let fitting = kinds.map { kinds in kinds.flatMap { kind in before.filter { $0.kind == kind } } } ?? before
        return Array(fitting.prefix(Self.most))
    }

    /// Nil where any change may be behind it.
    static func kinds(of check: CheckDescriptor) -> [Change.Kind]? {
        switch check.category {
        case .database: [.databasePassword, .database, .secret, .securityGroup, .network]
        case .redis: [.cache, .secret, .securityGroup, .network]
        case .mlflow, .registration: [.service, .taskDefinition, .image, .bucket, .securityGroup, .discovery]
        case .authentication, .credentials: [.secret, .taskDefinition, .identity, .service]
        case .permissions: [.identity]
        case .discovery: [.discovery, .network]
        case .environment: [.configuration, .secret, .taskDefinition]
        case .aws: kindsByService.first { check.id.rawValue.hasPrefix("AWS-\($0.key)-") }?.value
        case .suites, .probes: nil
        case .unit, .integration, .serviceHealth, .load, .chaos, .performance:
            [.service, .taskDefinition, .image, .listenerRule, .targetGroup, .loadBalancer, .code]
        }
    }

    /// What can bring a cause about, by the kind of its component; nil where any change may.
    static func kinds(of cause: Cause) -> Set<Change.Kind>? {
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
        "ALB": [.listenerRule, .targetGroup, .loadBalancer, .certificate, .service],
        "CACHE": [.cache],
        "CW": [.service, .taskDefinition, .task, .image, .targetGroup],
        "ECS": [.taskDefinition, .service, .image, .task],
        "MAP": [.discovery, .service],
        "NET": [.securityGroup, .network],
        "RDS": [.database, .databasePassword],
        "S3": [.bucket, .identity],
        "SEC": [.secret, .databasePassword],
    ]
}
