import AWSClient
import Foundation

extension AWSSnapshot {
    /// Takes the answer about one item from another snapshot.
    mutating func adopt(_ item: AWSItem, from other: AWSSnapshot) {
        switch item {
        case .identity:
            identity = other.identity
            credentials = other.credentials
        case .permissions: permissions = other.permissions
        case .clusters: clusters = other.clusters
        case .services: services = other.services
        case .tasks: tasks = other.tasks
        case .taskDefinitions: taskDefinitions = other.taskDefinitions
        case .images: images = other.images
        case .loadBalancers: loadBalancers = other.loadBalancers
        case .loadBalancerAttributes: loadBalancerAttributes = other.loadBalancerAttributes
        case .listeners: listeners = other.listeners
        case .rules: rules = other.rules
        case .targetGroups: targetGroups = other.targetGroups
        case .targetHealth: targetHealth = other.targetHealth
        case .certificates: certificates = other.certificates
        case .securityGroups: securityGroups = other.securityGroups
        case .networkACLs: networkACLs = other.networkACLs
        case .routeTables: routeTables = other.routeTables
        case .subnets: subnets = other.subnets
        case .networkInterfaces: networkInterfaces = other.networkInterfaces
        case .databases: databases = other.databases
        case .replicationGroups: replicationGroups = other.replicationGroups
        case .cacheClusters: cacheClusters = other.cacheClusters
        case .cacheSubnets: cacheSubnets = other.cacheSubnets
        case .secrets: secrets = other.secrets
        case .secretShapes: secretShapes = other.secretShapes
        case .namespaces: namespaces = other.namespaces
        case .discoveryServices: discoveryServices = other.discoveryServices
        case .discoveryInstances: discoveryInstances = other.discoveryInstances
        case .buckets: buckets = other.buckets
        case .bucketVersioning: bucketVersioning = other.bucketVersioning
        case .bucketEncryption: bucketEncryption = other.bucketEncryption
        case .bucketPublicAccess: bucketPublicAccess = other.bucketPublicAccess
        case .bucketPolicies: bucketPolicies = other.bucketPolicies
        case .bucketLifecycles: bucketLifecycles = other.bucketLifecycles
        case .bucketReplication: bucketReplication = other.bucketReplication
        case .artifactRoundTrip: artifactRoundTrip = other.artifactRoundTrip
        case .metrics: metrics = other.metrics
        case .alarms: alarms = other.alarms
        case .logEvents: logEvents = other.logEvents
        case .changes: changes = other.changes
        case .declaredChanges: declaredChanges = other.declaredChanges
        case .healthPaths: healthPaths = other.healthPaths
        case .connections: connections = other.connections
        }
    }

    /// The snapshot that parts make up; nil without any. It is as old as its oldest part.
    public init?(parts: [AWSItem: AWSSnapshot]) {
        guard let oldest = parts.values.min(by: { $0.takenAt < $1.takenAt }) else { return nil }
        self.init(takenAt: oldest.takenAt, region: oldest.region)
        for (item, part) in parts { adopt(item, from: part) }
    }
}

/// What stands in a table of the snapshot.
protocol SnapshotAnswer: Codable {}
extension Collected: SnapshotAnswer {}
extension Array: SnapshotAnswer where Element == HealthPathAnswer {}

// A part is written without the members of the other items: an empty table is left out, and a missing one is empty. The
// synthesized coding calls these, because they fit its members better than the general ones.
extension KeyedEncodingContainer {
    mutating func encode<Answer: SnapshotAnswer>(_ table: [String: Answer], forKey key: Key) throws {
        try encodeIfPresent(table.isEmpty ? nil : table, forKey: key)
    }
}

extension KeyedDecodingContainer {
    func decode<Answer: SnapshotAnswer>(_ type: [String: Answer].Type, forKey key: Key) throws -> [String: Answer] {
        try decodeIfPresent(type, forKey: key) ?? [:]
    }
}
