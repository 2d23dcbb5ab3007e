import AWSClient

extension AWSItem {
    /// What the buckets delete by themselves.
    public static let bucketLifecycles = AWSItem(
        "bucketLifecycles", at: \.bucketLifecycles, actions: ["s3:GetLifecycleConfiguration"], on: .buckets
    ) { collector, _ in
        await collector.each(collector.settings.buckets) { (bucket) async throws(AWSError) -> S3.Lifecycle in
            try await AWSSnapshotCollector.absent(S3.Lifecycle(rule: []), "NoSuchLifecycleConfiguration") {
                () async throws(AWSError) in try await collector.client.call(S3.getBucketLifecycle(bucket))
            }
        }
    }
}

extension AWSSnapshot {
    public var bucketLifecycles: [String: Collected<S3.Lifecycle>] {
        get { self[table: .bucketLifecycles] }
        set { self[table: .bucketLifecycles] = newValue }
    }
}
