/// Amazon ElastiCache.
public enum ElastiCache {
    public struct ReplicationGroup: Codable, Hashable, Sendable {
        public struct Endpoint: Codable, Hashable, Sendable {
            public var address: String?
            public var port: Int?
        }
        public struct NodeGroup: Codable, Hashable, Sendable {
            public var nodeGroupId: String?
            public var status: String?
            public var primaryEndpoint: Endpoint?
        }
        public var replicationGroupId: String
        public var status: String?
        public var transitEncryptionEnabled: Bool?
        public var atRestEncryptionEnabled: Bool?
        public var authTokenEnabled: Bool?
        /// Users in place of a token; nil in older snapshots.
        public var userGroupIds: [String]?
        public var automaticFailover: String?
        public var memberClusters: [String]
        public var nodeGroups: [NodeGroup]
    }

    public struct Cluster: Codable, Hashable, Sendable {
        public struct Group: Codable, Hashable, Sendable {
            public var securityGroupId: String?
            public var status: String?
        }
        public var cacheClusterId: String
        public var cacheClusterStatus: String?
        public var engine: String?
        public var engineVersion: String?
        public var replicationGroupId: String?
        public var transitEncryptionEnabled: Bool?
        public var authTokenEnabled: Bool?
        public var cacheSubnetGroupName: String?
        public var securityGroups: [Group]
    }

    public struct SubnetGroup: Codable, Hashable, Sendable {
        public struct Subnet: Codable, Hashable, Sendable { public var subnetIdentifier: String? }
        public var cacheSubnetGroupName: String
        public var subnets: [Subnet]
    }

    public struct ReplicationGroups: Codable, Sendable { public var replicationGroups: [ReplicationGroup] }
    public struct Clusters: Codable, Sendable { public var cacheClusters: [Cluster] }
    public struct SubnetGroups: Codable, Sendable { public var cacheSubnetGroups: [SubnetGroup] }

    /// Every group of the account in the region.
    public static func describeReplicationGroups() -> AWSOperation<ReplicationGroups> {
        .init(.elastiCache, "DescribeReplicationGroups", pages: .marker)
    }

    public static func describeReplicationGroups(_ identifier: String) -> AWSOperation<ReplicationGroups> {
        .init(
            .elastiCache, "DescribeReplicationGroups", ["ReplicationGroupId": .string(identifier)], pages: .marker)
    }

    public static func describeCacheClusters() -> AWSOperation<Clusters> {
        .init(.elastiCache, "DescribeCacheClusters", pages: .marker)
    }

    public static func describeCacheSubnetGroups() -> AWSOperation<SubnetGroups> {
        .init(.elastiCache, "DescribeCacheSubnetGroups", pages: .marker)
    }
}
