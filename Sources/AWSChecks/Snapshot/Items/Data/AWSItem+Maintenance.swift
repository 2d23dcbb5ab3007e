import AWSClient

extension AWSItem {
    /// Maintenance that AWS has in store for the configured instance.
    public static let maintenance = AWSItem(
        "maintenance", at: \.maintenance, actions: ["rds:DescribePendingMaintenanceActions"], from: [.databases]
    ) { collector, snapshot in
        let name = collector.settings.databaseInstance
        guard
            let arn = (snapshot.databases?.answer ?? []).first(where: { $0.dbInstanceIdentifier == name })?
                .dbInstanceArn
        else { return .value([]) }
        return await Collected.from { () async throws(AWSError) -> [RDS.PendingMaintenance] in
            try await AWSSnapshotCollector.emptyWhenMissing { () async throws(AWSError) -> [RDS.PendingMaintenance] in
                try await collector.client.all(RDS.describePendingMaintenanceActions(arn)) {
                    $0.pendingMaintenanceActions
                }
            }
        }
    }
}

extension AWSSnapshot {
    public var maintenance: Collected<[RDS.PendingMaintenance]>? {
        get { self[.maintenance] }
        set { self[.maintenance] = newValue }
    }
}
