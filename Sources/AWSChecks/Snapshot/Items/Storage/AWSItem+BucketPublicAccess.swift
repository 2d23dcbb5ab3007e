import AWSClient

extension AWSItem {
    /// Whether the buckets refuse the public.
    public static let bucketPublicAccess = AWSItem(
        "bucketPublicAccess", at: \.bucketPublicAccess, actions: ["s3:GetBucketPublicAccessBlock"], on: .buckets
    ) { collector, _ in
        await collector.each(collector.settings.buckets) { (bucket) async throws(AWSError) -> S3.PublicAccessBlock in
            try await AWSSnapshotCollector.absent(S3.PublicAccessBlock(), "NoSuchPublicAccessBlockConfiguration") {
                () async throws(AWSError) in try await collector.client.call(S3.getPublicAccessBlock(bucket))
            }
        }
    }
}

extension AWSSnapshot {
    public var bucketPublicAccess: [String: Collected<S3.PublicAccessBlock>] {
        get { self[table: .bucketPublicAccess] }
        set { self[table: .bucketPublicAccess] = newValue }
    }
}
