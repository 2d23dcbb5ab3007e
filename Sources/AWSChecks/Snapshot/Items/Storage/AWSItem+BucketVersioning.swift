import AWSClient

extension AWSItem {
    /// Whether the buckets keep old versions.
    public static let bucketVersioning = AWSItem(
        "bucketVersioning", at: \.bucketVersioning, actions: ["s3:GetBucketVersioning"], on: .buckets
    ) { collector, _ in
        await collector.each(collector.settings.buckets) { (bucket) async throws(AWSError) -> S3.Versioning in
            try await collector.client.call(S3.getBucketVersioning(bucket))
        }
    }
}

extension AWSSnapshot {
    public var bucketVersioning: [String: Collected<S3.Versioning>] {
        get { self[table: .bucketVersioning] }
        set { self[table: .bucketVersioning] = newValue }
    }
}
