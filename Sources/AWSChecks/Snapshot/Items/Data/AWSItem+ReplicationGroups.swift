import AWSClient

extension AWSItem {
    /// The replication group of the configured cache.
    public static let replicationGroups = AWSItem(
        "replicationGroups", at: \.replicationGroups, actions: ["elasticache:DescribeReplicationGroups"]
    ) { collector, _ in
        guard let identifier = collector.settings.cacheCluster else { return .value([]) }
        return await Collected.from { () async throws(AWSError) -> [ElastiCache.ReplicationGroup] in
            try await AWSSnapshotCollector.emptyWhenMissing {
                () async throws(AWSError) -> [ElastiCache.ReplicationGroup] in
                try await collector.client.all(ElastiCache.describeReplicationGroups(identifier)) {
                    $0.replicationGroups
                }
            }
        }
    }
}

extension AWSSnapshot {
    public var replicationGroups: Collected<[ElastiCache.ReplicationGroup]>? {
        get { self[.replicationGroups] }
        set { self[.replicationGroups] = newValue }
    }
}
