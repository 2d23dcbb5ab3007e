import AWSClient

extension AWSItem {
    /// The namespaces of Cloud Map.
    public static let namespaces = AWSItem("namespaces", at: \.namespaces, actions: ["servicediscovery:ListNamespaces"])
    { collector, _ in
        await Collected.from { () async throws(AWSError) -> [ServiceDiscovery.Namespace] in
            try await collector.client.all(ServiceDiscovery.listNamespaces()) { $0.namespaces }
        }
    }
}

extension AWSSnapshot {
    public var namespaces: Collected<[ServiceDiscovery.Namespace]>? {
        get { self[.namespaces] }
        set { self[.namespaces] = newValue }
    }
}
