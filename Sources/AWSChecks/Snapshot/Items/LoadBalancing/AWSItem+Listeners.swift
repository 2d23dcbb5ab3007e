import AWSClient

extension AWSItem {
    /// The ports that the load balancers listen on.
    public static let listeners = AWSItem(
        "listeners", at: \.listeners, actions: ["elasticloadbalancing:DescribeListeners"], from: [.loadBalancers]
    ) { collector, snapshot in
        let arns = snapshot.loadBalancerARNs
        return await collector.each(arns.keys.sorted()) { (name) async throws(AWSError) -> [LoadBalancing.Listener] in
            try await collector.client.all(LoadBalancing.describeListeners(loadBalancer: arns[name] ?? name)) {
                $0.listeners
            }
        }
    }
}

extension AWSSnapshot {
    /// By load balancer name.
    public var listeners: [String: Collected<[LoadBalancing.Listener]>] {
        get { self[table: .listeners] }
        set { self[table: .listeners] = newValue }
    }
}

extension AWSSnapshot {
    /// The listeners of all load balancers whose listeners could be read.
    var allListeners: [LoadBalancing.Listener] {
        listeners.sorted { $0.key < $1.key }.flatMap { _, answer -> [LoadBalancing.Listener] in
            if case .value(let listeners) = answer { return listeners }
            return []
        }
    }
}
