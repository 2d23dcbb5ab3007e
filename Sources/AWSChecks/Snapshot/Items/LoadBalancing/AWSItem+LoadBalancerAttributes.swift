import AWSClient

extension AWSItem {
    /// How the load balancers are set up.
    public static let loadBalancerAttributes = AWSItem(
        "loadBalancerAttributes", at: \.loadBalancerAttributes,
        actions: ["elasticloadbalancing:DescribeLoadBalancerAttributes"], from: [.loadBalancers]
    ) { collector, snapshot in
        let arns = snapshot.loadBalancerARNs
        return await collector.each(arns.keys.sorted()) { (name) async throws(AWSError) -> [String: String] in
            let answer = try await collector.client.call(
                LoadBalancing.describeLoadBalancerAttributes(arns[name] ?? name))
            return Dictionary(answer.attributes.map { ($0.key, $0.value ?? "") }, uniquingKeysWith: { $1 })
        }
    }
}

extension AWSSnapshot {
    /// By load balancer name, then attribute.
    public var loadBalancerAttributes: [String: Collected<[String: String]>] {
        get { self[table: .loadBalancerAttributes] }
        set { self[table: .loadBalancerAttributes] = newValue }
    }
}
