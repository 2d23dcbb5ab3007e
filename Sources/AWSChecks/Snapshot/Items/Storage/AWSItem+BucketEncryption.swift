import AWSClient

extension AWSItem {
    /// How the buckets encrypt.
    public static let bucketEncryption = AWSItem(
        "bucketEncryption", at: \.bucketEncryption, actions: ["s3:GetEncryptionConfiguration"], on: .buckets
    ) { collector, _ in
        await collector.each(collector.settings.buckets) { (bucket) async throws(AWSError) -> S3.Encryption in
            try await AWSSnapshotCollector.absent(
                S3.Encryption(rule: []), "ServerSideEncryptionConfigurationNotFoundError"
            ) {
                () async throws(AWSError) in try await collector.client.call(S3.getBucketEncryption(bucket))
            }
        }
    }
}

extension AWSSnapshot {
    public var bucketEncryption: [String: Collected<S3.Encryption>] {
        get { self[table: .bucketEncryption] }
        set { self[table: .bucketEncryption] = newValue }
    }
}
