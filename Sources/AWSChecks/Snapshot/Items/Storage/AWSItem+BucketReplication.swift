import AWSClient

extension AWSItem {
    /// Where the buckets are replicated to.
    public static let bucketReplication = AWSItem(
        "bucketReplication", at: \.bucketReplication, actions: ["s3:GetReplicationConfiguration"], on: .buckets
    ) { collector, _ in
        await collector.each(collector.settings.buckets) { (bucket) async throws(AWSError) -> S3.Replication in
            try await AWSSnapshotCollector.absent(S3.Replication(rule: []), "ReplicationConfigurationNotFoundError") {
                () async throws(AWSError) in try await collector.client.call(S3.getBucketReplication(bucket))
            }
        }
    }
}

extension AWSSnapshot {
    public var bucketReplication: [String: Collected<S3.Replication>] {
        get { self[table: .bucketReplication] }
        set { self[table: .bucketReplication] = newValue }
    }
}
