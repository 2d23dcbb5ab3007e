import AWSClient

extension AWSItem {
    /// The instances of the services of the configured namespace.
    public static let discoveryInstances = AWSItem(
        "discoveryInstances", at: \.discoveryInstances, actions: ["servicediscovery:ListInstances"],
        from: [.discoveryServices]
    ) { collector, snapshot in
        guard case .value(let services)? = snapshot.discoveryServices else { return [:] }
        let ids = Dictionary(services.map { ($0.name, $0.id) }, uniquingKeysWith: { a, _ in a })
        return await collector.each(ids.keys.sorted()) {
            (name) async throws(AWSError) -> [ServiceDiscovery.Instance] in
            try await collector.client.all(ServiceDiscovery.listInstances(service: ids[name] ?? name)) {
                $0.instances
            }
        }
    }
}

extension AWSSnapshot {
    /// By service name.
    public var discoveryInstances: [String: Collected<[ServiceDiscovery.Instance]>] {
        get { self[table: .discoveryInstances] }
        set { self[table: .discoveryInstances] = newValue }
    }
}
