import AWSClient

extension AWSItem {
    /// The Cloud Map services of every namespace: what ECS services may be registered in.
    public static let registries = AWSItem(
        "registries", at: \.registries, actions: ["servicediscovery:ListServices"], from: [.namespaces]
    ) { collector, snapshot in
        guard case .value(let namespaces)? = snapshot.namespaces else {
            return (snapshot.namespaces?.error).map { .failed($0) } ?? .value([])
        }
        return await Collected.from { () async throws(AWSError) -> [ServiceDiscovery.Service] in
            var found: [ServiceDiscovery.Service] = []
            for namespace in namespaces {
                found += try await collector.client.all(ServiceDiscovery.listServices(namespace: namespace.id)) {
                    $0.services
                }
            }
            return found
        }
    }
}

extension AWSSnapshot {
    public var registries: Collected<[ServiceDiscovery.Service]>? {
        get { self[.registries] }
        set { self[.registries] = newValue }
    }
}
