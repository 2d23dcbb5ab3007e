import AWSClient

extension AWSItem {
    /// The subnet groups of caches, where a cache is configured.
    public static let cacheSubnets = AWSItem(
        "cacheSubnets", at: \.cacheSubnets, actions: ["elasticache:DescribeCacheSubnetGroups"]
    ) { collector, _ in
        guard collector.settings.cacheCluster != nil else { return .value([]) }
        return await Collected.from { () async throws(AWSError) -> [ElastiCache.SubnetGroup] in
            try await collector.client.all(ElastiCache.describeCacheSubnetGroups()) { $0.cacheSubnetGroups }
        }
    }
}

extension AWSSnapshot {
    public var cacheSubnets: Collected<[ElastiCache.SubnetGroup]>? {
        get { self[.cacheSubnets] }
        set { self[.cacheSubnets] = newValue }
    }
}
