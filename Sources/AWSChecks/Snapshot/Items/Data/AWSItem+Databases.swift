import AWSClient

extension AWSItem {
    /// The configured RDS instance.
    public static let databases = AWSItem("databases", at: \.databases, actions: ["rds:DescribeDBInstances"]) {
        collector, _ in
        await Collected.from { () async throws(AWSError) -> [RDS.Instance] in
            try await AWSSnapshotCollector.emptyWhenMissing { () async throws(AWSError) -> [RDS.Instance] in
                try await collector.client.all(RDS.describeDBInstances(collector.settings.databaseInstance)) {
                    $0.dbInstances
                }
            }
        }
    }
}

extension AWSSnapshot {
    public var databases: Collected<[RDS.Instance]>? {
        get { self[.databases] }
        set { self[.databases] = newValue }
    }
}
