import AWSClient

extension AWSItem {
    /// Who may use the buckets.
    public static let bucketPolicies = AWSItem(
        "bucketPolicies", at: \.bucketPolicies, actions: ["s3:GetBucketPolicy"], on: .buckets
    ) { collector, _ in
        await collector.each(collector.settings.buckets) { (bucket) async throws(AWSError) -> String in
            try await AWSSnapshotCollector.absent("", "NoSuchBucketPolicy") { () async throws(AWSError) in
                let operation = S3.getBucketPolicy(bucket)
                let bytes = try await collector.client.bytes(operation)
                // A page or half a policy would look like one that lets nobody in.
                guard case .fields? = try? JSONDocumentReader.read(bytes) else {
                    throw AWSError(
                        .malformedAnswer, operation: operation.label,
                        message: "\(bytes.count) bytes that are no policy in JSON", action: operation.action)
                }
                return String(decoding: bytes, as: UTF8.self)
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
