import AWSClient

extension AWSItem {
    /// The configured ECS services.
    public static let services = AWSItem("services", at: \.services, actions: ["ecs:DescribeServices"]) {
        collector, _ in
        let names = collector.settings.ecsServices.values.sorted()
        return await Collected.from { () async throws(AWSError) -> [ECS.Service] in
            var found: [ECS.Service] = []
            // AWS takes ten names in one call.
            for start in stride(from: 0, to: names.count, by: 10) {
                let part = Array(names[start..<min(start + 10, names.count)])
                found += try await collector.client.call(
                    ECS.describeServices(cluster: collector.settings.cluster, part)
                ).services
            }
            return found
        }
    }
}

extension AWSSnapshot {
    public var services: Collected<[ECS.Service]>? {
        get { self[.services] }
        set { self[.services] = newValue }
    }
}
