import AWSClient
import Foundation
import RunModel

/// What AWS said during one run. Checks are pure functions over it, so that they run again offline and from fixtures.
///
/// A part that is nil or missing was not collected, because no selected check reads it. Values that look secret are replaced
/// before they get here; see ``HiddenValue``.
public struct AWSSnapshot: Sendable, Codable {
    public var takenAt: Date
    public var region: String

    public var identity: Collected<STS.CallerIdentity>?
    public var credentials: Collected<CredentialFacts>?
    /// Whether each action is allowed.
    public var permissions: Collected<[String: Bool]>?

    public var clusters: Collected<[ECS.Cluster]>?
    public var services: Collected<[ECS.Service]>?
    /// Running and stopped tasks by service.
    public var tasks: [String: Collected<[ECS.Task]>] = [:]
    /// Revisions by family, newest first; the one in use is always among them.
    public var taskDefinitions: [String: Collected<[ECS.TaskDefinition]>] = [:]
    /// Platforms by image name.
    public var images: [String: Collected<ImageFacts>] = [:]

    public var loadBalancers: Collected<[LoadBalancing.LoadBalancer]>?
    /// By load balancer name, then attribute.
    public var loadBalancerAttributes: [String: Collected<[String: String]>] = [:]
    /// By load balancer name.
    public var listeners: [String: Collected<[LoadBalancing.Listener]>] = [:]
    /// By listener ARN.
    public var rules: [String: Collected<[LoadBalancing.Rule]>] = [:]
    public var targetGroups: Collected<[LoadBalancing.TargetGroup]>?
    /// By target group name.
    public var targetHealth: [String: Collected<[LoadBalancing.TargetHealth]>] = [:]
    /// By ARN.
    public var certificates: [String: Collected<CertificateManager.Certificate>] = [:]

    public var securityGroups: Collected<[EC2.SecurityGroup]>?
    public var networkACLs: Collected<[EC2.NetworkACL]>?
    public var routeTables: Collected<[EC2.RouteTable]>?
    public var subnets: Collected<[EC2.Subnet]>?
    public var networkInterfaces: Collected<[EC2.NetworkInterface]>?

    public var databases: Collected<[RDS.Instance]>?
    public var replicationGroups: Collected<[ElastiCache.ReplicationGroup]>?
    public var cacheClusters: Collected<[ElastiCache.Cluster]>?
    public var cacheSubnets: Collected<[ElastiCache.SubnetGroup]>?

    public var secrets: [String: Collected<SecretsManager.Description>] = [:]
    /// By secret; names of fields only.
    public var secretShapes: [String: Collected<SecretShape>] = [:]
    public var namespaces: Collected<[ServiceDiscovery.Namespace]>?
    /// Of the configured namespace.
    public var discoveryServices: Collected<[ServiceDiscovery.Service]>?
    /// By service name.
    public var discoveryInstances: [String: Collected<[ServiceDiscovery.Instance]>] = [:]

    /// Whether each bucket exists.
    public var buckets: [String: Collected<Bool>] = [:]
    public var bucketVersioning: [String: Collected<S3.Versioning>] = [:]
    public var bucketEncryption: [String: Collected<S3.Encryption>] = [:]
    public var bucketPublicAccess: [String: Collected<S3.PublicAccessBlock>] = [:]
    public var bucketPolicies: [String: Collected<String>] = [:]
    public var bucketLifecycles: [String: Collected<S3.Lifecycle>] = [:]
    public var bucketReplication: [String: Collected<S3.Replication>] = [:]
    public var artifactRoundTrip: Collected<RoundTrip>?

    /// Of the run's window and of the day before, by query id.
    public var metrics: Collected<MetricWindows>?
    public var alarms: Collected<[CloudWatch.Alarm]>?
    /// By log group.
    public var logEvents: [String: Collected<LogExcerpt>] = [:]
    /// What CloudTrail told.
    public var changes: Collected<ChangeRecord>?
    /// What a Terraform plan and commits told; nil where neither is configured.
    public var declaredChanges: ChangeRecord?
    /// By role.
    public var healthPaths: [String: [HealthPathAnswer]] = [:]
    /// Tried from here, to what the configuration names; nil in snapshots of builds that did not try.
    public var connections: [ProbedConnection]?

    public init(takenAt: Date, region: String) {
        self.takenAt = takenAt
        self.region = region
    }
}

/// What is kept of the credentials: nothing that is secret.
public struct CredentialFacts: Sendable, Codable, Hashable {
    public var source: String
    public var expiration: Date?
}

/// What an image was built for.
public struct ImageFacts: Sendable, Codable, Hashable {
    public var digest: String?
    /// `linux/amd64`, …; empty when the registry's answer does not tell.
    public var platforms: [String]
}

/// What a secret looks like, without its values.
public struct SecretShape: Sendable, Codable, Hashable {
    /// Sorted field names of a JSON object; nil for anything else.
    public var fields: [String]?
    public var isPEM: Bool
    public var isEmpty: Bool
}

/// An object written, read back and removed.
public struct RoundTrip: Sendable, Codable, Hashable {
    public var key: String
    public var wasReadBack: Bool
}

/// Figures of two windows, and which query each id stands for.
public struct MetricWindows: Sendable, Codable {
    public var queries: [CloudWatch.Query]
    public var run: [CloudWatch.Series]
    public var dayBefore: [CloudWatch.Series]
}

/// The lines of a log group in the window that look like errors, counted by fingerprint.
public struct LogExcerpt: Sendable, Codable, Hashable {
    public struct Fingerprint: Sendable, Codable, Hashable {
        public var text: String
        public var count: Int
        public var firstSeen: Date
        public var lastSeen: Date
        /// One line as it stood.
        public var example: String
    }
    public var linesRead: Int
    public var isComplete: Bool
    public var errors: [Fingerprint]
    /// What stood around the last of them while the service was in trouble; empty for a service that is well.
    public var lines: [String]
}

/// What a service really answers on a path that something in AWS relies on.
public struct HealthPathAnswer: Sendable, Codable, Hashable {
    public var path: String
    /// Nil when nothing answered.
    public var status: Int?
    public var problem: String?
}
