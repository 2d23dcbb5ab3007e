import AWSClient

extension AWSItem {
    /// Where the listeners send what.
    public static let rules = AWSItem(
        "rules", at: \.rules, actions: ["elasticloadbalancing:DescribeRules"], from: [.listeners]
    ) { collector, snapshot in
        await collector.each(snapshot.allListeners.map(\.listenerArn)) {
            (arn) async throws(AWSError) -> [LoadBalancing.Rule] in
            try await collector.client.all(LoadBalancing.describeRules(listener: arn)) { $0.rules }
        }
    }
}

extension AWSSnapshot {
    /// By listener ARN.
    public var rules: [String: Collected<[LoadBalancing.Rule]>] {
        get { self[table: .rules] }
        set { self[table: .rules] = newValue }
    }
}
