import AWSClient

extension AWSItem {
    /// Who may use the buckets.
    public static let bucketPolicies = AWSItem(
        "bucketPolicies", at: \.bucketPolicies, actions: ["s3:GetBucketPolicy"], on: .buckets
    ) { collector, _ in
        await collector.each(collector.settings.buckets) { (bucket) async throws(AWSError) -> String in
            try await AWSSnapshotCollector.absent("", "NoSuchBucketPolicy") { () async throws(AWSError) in
                String(decoding: try await collector.client.bytes(S3.getBucketPolicy(bucket)), as: UTF8.self)
            }
        }
    }
}

extension AWSSnapshot {
    public var bucketPolicies: [String: Collected<String>] {
        get { self[table: .bucketPolicies] }
        set { self[table: .bucketPolicies] = newValue }
    }
}
