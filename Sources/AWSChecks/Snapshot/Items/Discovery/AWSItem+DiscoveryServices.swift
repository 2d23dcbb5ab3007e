import AWSClient

extension AWSItem {
    /// The services of the configured namespace.
    public static let discoveryServices = AWSItem(
        "discoveryServices", at: \.discoveryServices, actions: ["servicediscovery:ListServices"], from: [.namespaces]
    ) { collector, snapshot in
        guard case .value(let namespaces)? = snapshot.namespaces,
            let namespace = namespaces.first(where: { $0.name == collector.settings.namespace })
        else { return (snapshot.namespaces?.error).map { .failed($0) } ?? .value([]) }
        return await Collected.from { () async throws(AWSError) -> [ServiceDiscovery.Service] in
            try await collector.client.all(ServiceDiscovery.listServices(namespace: namespace.id)) { $0.services }
        }
    }
}

extension AWSSnapshot {
    /// Of the configured namespace.
    public var discoveryServices: Collected<[ServiceDiscovery.Service]>? {
        get { self[.discoveryServices] }
        set { self[.discoveryServices] = newValue }
    }
}
