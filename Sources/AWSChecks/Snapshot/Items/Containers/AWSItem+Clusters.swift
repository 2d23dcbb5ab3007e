import AWSClient

extension AWSItem {
    /// The configured ECS cluster.
    public static let clusters = AWSItem("clusters", at: \.clusters, actions: ["ecs:DescribeClusters"]) {
        collector, _ in
        await Collected.from { () async throws(AWSError) -> [ECS.Cluster] in
            try await collector.client.call(ECS.describeClusters([collector.settings.cluster])).clusters
        }
    }
}

extension AWSSnapshot {
    public var clusters: Collected<[ECS.Cluster]>? {
        get { self[.clusters] }
        set { self[.clusters] = newValue }
    }
}
