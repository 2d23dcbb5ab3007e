import AWSClient

extension AWSItem {
    /// How the target groups that the platform uses are set up.
    public static let targetGroupAttributes = AWSItem(
        "targetGroupAttributes", at: \.targetGroupAttributes,
        actions: ["elasticloadbalancing:DescribeTargetGroupAttributes"], from: [.targetGroups, .rules, .services]
    ) { collector, snapshot in
        let expectations = AWSExpectations(settings: collector.settings, environment: collector.environmentName)
        let groups = ((try? snapshot.targetGroups.known()) ?? []).filter {
            expectations.isWatched($0, in: snapshot)
        }
        let arns = Dictionary(groups.map { ($0.targetGroupName, $0.targetGroupArn) }, uniquingKeysWith: { a, _ in a })
        return await collector.each(arns.keys.sorted()) { (name) async throws(AWSError) -> [String: String] in
            let answer = try await collector.client.call(
                LoadBalancing.describeTargetGroupAttributes(arns[name] ?? name))
            return Dictionary(answer.attributes.map { ($0.key, $0.value ?? "") }, uniquingKeysWith: { $1 })
        }
    }
}

extension AWSSnapshot {
    /// By target group name, then attribute.
    public var targetGroupAttributes: [String: Collected<[String: String]>] {
        get { self[table: .targetGroupAttributes] }
        set { self[table: .targetGroupAttributes] = newValue }
    }
}
