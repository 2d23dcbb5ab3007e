import AWSClient

extension AWSItem {
    /// The log groups that the running revisions write to.
    public static let taskLogGroups = AWSItem(
        "taskLogGroups", at: \.taskLogGroups, actions: ["logs:DescribeLogGroups"], from: [.services, .taskDefinitions]
    ) { collector, snapshot in
        let places = TaskReferences.all(in: snapshot, collector.settings).flatMap(\.logs)
        return await collector.each(Set(places.map(\.key)).sorted()) { (key) async throws(AWSError) -> Logs.Group in
            let parts = key.split(separator: " ", maxSplits: 1).map(String.init)
            let (region, name) = (parts.first ?? collector.settings.region, parts.last ?? "")
            let operation = Logs.describeLogGroups(prefix: name)
            let groups = try await collector.client.inRegion(region).all(operation) { $0.logGroups }
            guard let found = groups.first(where: { $0.logGroupName == name }) else {
                throw AWSError(.notFound, operation: operation.label, message: "no log group \(name) in \(region)")
            }
            return found
        }
    }
}

extension AWSSnapshot {
    /// By region and name, with a space between them.
    public var taskLogGroups: [String: Collected<Logs.Group>] {
        get { self[table: .taskLogGroups] }
        set { self[table: .taskLogGroups] = newValue }
    }
}
