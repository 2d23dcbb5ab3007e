import AWSClient
import RunModel

extension AWSSnapshotCollector {
    func storage(_ item: AWSItem) async -> Update {
        let client = client
        let buckets = settings.buckets
        switch item {
        case .buckets:
            let answers = await each(buckets) { (bucket) async throws(AWSError) -> Bool in
                do throws(AWSError) {
                    _ = try await client.call(S3.headBucket(bucket))
                    return true
                } catch {
                    if error.kind == .notFound { return false }
                    throw error
                }
            }
            return { $0.buckets = answers }
        case .bucketVersioning:
            let answers = await each(buckets) { (bucket) async throws(AWSError) -> S3.Versioning in
                try await client.call(S3.getBucketVersioning(bucket))
            }
            return { $0.bucketVersioning = answers }
        case .bucketEncryption:
            let answers = await each(buckets) { (bucket) async throws(AWSError) -> S3.Encryption in
                try await Self.absent(S3.Encryption(rule: []), "ServerSideEncryptionConfigurationNotFoundError") {
                    () async throws(AWSError) in try await client.call(S3.getBucketEncryption(bucket))
                }
            }
            return { $0.bucketEncryption = answers }
        case .bucketPublicAccess:
            let answers = await each(buckets) { (bucket) async throws(AWSError) -> S3.PublicAccessBlock in
                try await Self.absent(S3.PublicAccessBlock(), "NoSuchPublicAccessBlockConfiguration") {
                    () async throws(AWSError) in try await client.call(S3.getPublicAccessBlock(bucket))
                }
            }
            return { $0.bucketPublicAccess = answers }
        case .bucketPolicies:
            let answers = await each(buckets) { (bucket) async throws(AWSError) -> String in
                try await Self.absent("", "NoSuchBucketPolicy") { () async throws(AWSError) in
                    String(decoding: try await client.bytes(S3.getBucketPolicy(bucket)), as: UTF8.self)
                }
            }
            return { $0.bucketPolicies = answers }
        case .bucketLifecycles:
            let answers = await each(buckets) { (bucket) async throws(AWSError) -> S3.Lifecycle in
                try await Self.absent(S3.Lifecycle(rule: []), "NoSuchLifecycleConfiguration") {
                    () async throws(AWSError) in try await client.call(S3.getBucketLifecycle(bucket))
                }
            }
            return { $0.bucketLifecycles = answers }
        case .bucketReplication:
            let answers = await each(buckets) { (bucket) async throws(AWSError) -> S3.Replication in
                try await Self.absent(S3.Replication(rule: []), "ReplicationConfigurationNotFoundError") {
                    () async throws(AWSError) in try await client.call(S3.getBucketReplication(bucket))
                }
            }
            return { $0.bucketReplication = answers }
        default: return await artifactRoundTrip()
        }
    }

    /// A bucket without such a configuration answers with an error of its own; to us it is an empty one.
    private static func absent<Value>(
        _ empty: Value, _ code: String, _ call: () async throws(AWSError) -> Value
    ) async throws(AWSError) -> Value {
        do { return try await call() } catch {
            if error.code == code { return empty }
            throw error
        }
    }

    /// The object of a run's round trip.
    static func probeKey(_ runID: RunID) -> String { "artifacts/plumbline-probe/\(runID)" }

    /// Writes an object named after the run, reads it back and removes it, also when reading fails.
    private func artifactRoundTrip() async -> Update {
        let (client, bucket) = (client, settings.artifactBucket)
        let key = Self.probeKey(runID)
        let content = Array("plumbline \(runID)\n".utf8)
        let answer = await Collected.from { () async throws(AWSError) -> RoundTrip in
            do throws(AWSError) {
                _ = try await client.call(S3.putObject(bucket, key: key, body: content))
            } catch {
                // Without an answer it may have been kept all the same.
                if [.transport, .service, .throttled].contains(error.kind) {
                    _ = try? await client.call(S3.deleteObject(bucket, key: key))
                }
                throw error
            }
            let read: Collected<[UInt8]> = await .from { () async throws(AWSError) in
                try await client.bytes(S3.getObject(bucket, key: key))
            }
            _ = try await client.call(S3.deleteObject(bucket, key: key))
            switch read {
            case .value(let bytes): return RoundTrip(key: key, wasReadBack: bytes == content)
            case .failed(let error): throw error
            }
        }
        return { $0.artifactRoundTrip = answer }
    }
}
