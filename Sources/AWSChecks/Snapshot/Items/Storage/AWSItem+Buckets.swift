import AWSClient

extension AWSItem {
    /// Whether the configured buckets exist.
    public static let buckets = AWSItem("buckets", at: \.buckets, actions: ["s3:ListBucket"], on: .buckets) {
        collector, _ in
        await collector.each(collector.settings.buckets) { (bucket) async throws(AWSError) -> Bool in
            do throws(AWSError) {
                _ = try await collector.client.call(S3.headBucket(bucket))
                return true
            } catch {
                if error.kind == .notFound { return false }
                throw error
            }
        }
    }
}

extension AWSSnapshot {
    /// Whether each bucket exists.
    public var buckets: [String: Collected<Bool>] {
        get { self[table: .buckets] }
        set { self[table: .buckets] = newValue }
    }
}
