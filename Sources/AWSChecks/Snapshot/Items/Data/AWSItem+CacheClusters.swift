import AWSClient

extension AWSItem {
    /// The cache clusters, where a cache is configured.
    public static let cacheClusters = AWSItem(
        "cacheClusters", at: \.cacheClusters, actions: ["elasticache:DescribeCacheClusters"]
    ) { collector, _ in
        guard collector.settings.cacheCluster != nil else { return .value([]) }
        return await Collected.from { () async throws(AWSError) -> [ElastiCache.Cluster] in
            try await collector.client.all(ElastiCache.describeCacheClusters()) { $0.cacheClusters }
        }
    }
}

extension AWSSnapshot {
    public var cacheClusters: Collected<[ElastiCache.Cluster]>? {
        get { self[.cacheClusters] }
        set { self[.cacheClusters] = newValue }
    }
}
