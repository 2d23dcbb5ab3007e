import AWSClient

extension AWSItem {
    /// Every target group of the region.
    public static let targetGroups = AWSItem(
        "targetGroups", at: \.targetGroups, actions: ["elasticloadbalancing:DescribeTargetGroups"]
    ) { collector, _ in
        await Collected.from { () async throws(AWSError) -> [LoadBalancing.TargetGroup] in
            try await collector.client.all(LoadBalancing.describeTargetGroups()) { $0.targetGroups }
        }
    }
}

extension AWSSnapshot {
    public var targetGroups: Collected<[LoadBalancing.TargetGroup]>? {
        get { self[.targetGroups] }
        set { self[.targetGroups] = newValue }
    }
}
