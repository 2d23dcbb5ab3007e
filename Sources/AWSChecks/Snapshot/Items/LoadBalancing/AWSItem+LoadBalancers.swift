import AWSClient

extension AWSItem {
    /// The configured load balancers.
    public static let loadBalancers = AWSItem(
        "loadBalancers", at: \.loadBalancers, actions: ["elasticloadbalancing:DescribeLoadBalancers"]
    ) { collector, _ in
        let names = Set(collector.settings.loadBalancers)
        // Asking by name would fail as a whole when one of them does not exist.
        return await Collected.from { () async throws(AWSError) -> [LoadBalancing.LoadBalancer] in
            try await collector.client.all(LoadBalancing.describeLoadBalancers()) { $0.loadBalancers }
                .filter { names.contains($0.loadBalancerName) }
        }
    }
}

extension AWSSnapshot {
    public var loadBalancers: Collected<[LoadBalancing.LoadBalancer]>? {
        get { self[.loadBalancers] }
        set { self[.loadBalancers] = newValue }
    }
}

extension AWSSnapshot {
    /// The ARN of each load balancer by its name; none when they could not be read.
    var loadBalancerARNs: [String: String] {
        guard case .value(let balancers)? = loadBalancers else { return [:] }
        return Dictionary(balancers.map { ($0.loadBalancerName, $0.loadBalancerArn) }, uniquingKeysWith: { a, _ in a })
    }
}
