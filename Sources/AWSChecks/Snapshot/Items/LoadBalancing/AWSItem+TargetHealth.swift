import AWSClient

extension AWSItem {
    /// The targets of each group and how they are.
    public static let targetHealth = AWSItem(
        "targetHealth", at: \.targetHealth, actions: ["elasticloadbalancing:DescribeTargetHealth"],
        from: [.targetGroups]
    ) { collector, snapshot in
        guard case .value(let groups)? = snapshot.targetGroups else { return [:] }
        let arns = Dictionary(groups.map { ($0.targetGroupName, $0.targetGroupArn) }, uniquingKeysWith: { a, _ in a })
        return await collector.each(arns.keys.sorted()) {
            (name) async throws(AWSError) -> [LoadBalancing.TargetHealth] in
            try await collector.client.call(LoadBalancing.describeTargetHealth(arns[name] ?? name))
                .targetHealthDescriptions
        }
    }
}

extension AWSSnapshot {
    /// By target group name.
    public var targetHealth: [String: Collected<[LoadBalancing.TargetHealth]>] {
        get { self[table: .targetHealth] }
        set { self[table: .targetHealth] = newValue }
    }
}
