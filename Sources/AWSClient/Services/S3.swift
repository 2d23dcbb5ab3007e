import Foundation

/// Amazon S3.
public enum S3 {
    public struct Versioning: Codable, Hashable, Sendable { public var status: String? }

    public struct Encryption: Codable, Hashable, Sendable {
        public struct Rule: Codable, Hashable, Sendable {
            public struct Default: Codable, Hashable, Sendable { public var sseAlgorithm: String? }
            public var applyServerSideEncryptionByDefault: Default?
        }
        public var rule: [Rule]
        public init(rule: [Rule] = []) { self.rule = rule }
    }

    public struct PublicAccessBlock: Codable, Hashable, Sendable {
        public var blockPublicAcls: Bool?
        public var ignorePublicAcls: Bool?
        public var blockPublicPolicy: Bool?
        public var restrictPublicBuckets: Bool?
        public init() {}
        public var isComplete: Bool {
            [blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets].allSatisfy { $0 == true }
        }
    }

    public struct Lifecycle: Codable, Hashable, Sendable {
        public struct Rule: Codable, Hashable, Sendable {
            public struct Filter: Codable, Hashable, Sendable {
                public struct Tag: Codable, Hashable, Sendable { public var key: String? }
                public struct Both: Codable, Hashable, Sendable {
                    public var prefix: String?
                    public var tag: [Tag]?
                }
                public var prefix: String?
                public var tag: Tag?
                public var and: Both?
            }
            public struct Expiration: Codable, Hashable, Sendable { public var days: Int? }
            public struct Transition: Codable, Hashable, Sendable {
                public var days: Int?
                public var storageClass: String?
            }
            public struct NoncurrentExpiration: Codable, Hashable, Sendable { public var noncurrentDays: Int? }
            public var id: String?
            public var status: String
            /// The legacy place of the prefix.
            public var prefix: String?
            public var filter: Filter?
            public var expiration: Expiration?
            public var transition: [Transition]
            public var noncurrentVersionExpiration: NoncurrentExpiration?
        }
        public var rule: [Rule]
        public init(rule: [Rule] = []) { self.rule = rule }
    }

    public struct Replication: Codable, Hashable, Sendable {
        public struct Rule: Codable, Hashable, Sendable {
            public var id: String?
            public var status: String?
        }
        public var role: String?
        public var rule: [Rule]
        public init(rule: [Rule] = []) { self.rule = rule }
    }

    public struct Object: Codable, Hashable, Sendable {
        public var key: String
        public var size: Int?
        public var lastModified: Date?
        /// With its quotation marks.
        public var eTag: String?
    }

    public struct Objects: Codable, Sendable { public var contents: [Object] }

    public struct OwnedBuckets: Codable, Sendable {
        public struct List: Codable, Sendable {
            public struct Bucket: Codable, Sendable { public var name: String }
            public var bucket: [Bucket]
        }
        public var buckets: List?
    }

    /// Every bucket of the account, in all regions.
    public static func listBuckets() -> AWSOperation<OwnedBuckets> {
        .init(.s3, "ListBuckets", action: "ListAllMyBuckets", resource: .init("GET"))
    }

    public static func headBucket(_ bucket: String) -> AWSOperation<AWSEmptyAnswer> {
        .init(.s3, "HeadBucket", action: "ListBucket", resource: .init("HEAD", bucket: bucket))
    }

    public static func getBucketVersioning(_ bucket: String) -> AWSOperation<Versioning> {
        .init(.s3, "GetBucketVersioning", resource: .init("GET", bucket: bucket, query: [.init("versioning")]))
    }

    public static func getBucketEncryption(_ bucket: String) -> AWSOperation<Encryption> {
        .init(
            .s3, "GetBucketEncryption", action: "GetEncryptionConfiguration",
            resource: .init("GET", bucket: bucket, query: [.init("encryption")]))
    }

    public static func getPublicAccessBlock(_ bucket: String) -> AWSOperation<PublicAccessBlock> {
        .init(
            .s3, "GetPublicAccessBlock", action: "GetBucketPublicAccessBlock",
            resource: .init("GET", bucket: bucket, query: [.init("publicAccessBlock")]))
    }

    public static func getBucketLifecycle(_ bucket: String) -> AWSOperation<Lifecycle> {
        .init(
            .s3, "GetBucketLifecycleConfiguration", action: "GetLifecycleConfiguration",
            resource: .init("GET", bucket: bucket, query: [.init("lifecycle")]))
    }

    public static func getBucketReplication(_ bucket: String) -> AWSOperation<Replication> {
        .init(
            .s3, "GetBucketReplication", action: "GetReplicationConfiguration",
            resource: .init("GET", bucket: bucket, query: [.init("replication")]))
    }

    public static func listObjects(_ bucket: String, prefix: String) -> AWSOperation<Objects> {
        .init(
            .s3, "ListObjectsV2", action: "ListBucket",
            resource: .init(
                "GET", bucket: bucket,
                query: [.init("list-type", "2"), .init("max-keys", "1000"), .init("prefix", prefix)]),
            pages: .init(input: "continuation-token", output: "NextContinuationToken"))
    }

    /// The answer is the policy itself, as JSON: read it with `AWSClient.bytes`.
    public static func getBucketPolicy(_ bucket: String) -> AWSOperation<AWSEmptyAnswer> {
        .init(.s3, "GetBucketPolicy", resource: .init("GET", bucket: bucket, query: [.init("policy")]))
    }

    /// The answer is the object's content: read it with `AWSClient.bytes`.
    /// - Parameter type: the media type that the object is served with, whatever it was written with.
    public static func getObject(
        _ bucket: String, key: String, servedAs type: String? = nil
    ) -> AWSOperation<AWSEmptyAnswer> {
        .init(
            .s3, "GetObject",
            resource: .init(
                "GET", bucket: bucket, key: key, query: type.map { [.init("response-content-type", $0)] } ?? []))
    }

    public static func putObject(_ bucket: String, key: String, body: [UInt8]) -> AWSOperation<AWSEmptyAnswer> {
        .init(.s3, "PutObject", resource: .init("PUT", bucket: bucket, key: key, body: body))
    }

    public static func deleteObject(_ bucket: String, key: String) -> AWSOperation<AWSEmptyAnswer> {
        .init(.s3, "DeleteObject", resource: .init("DELETE", bucket: bucket, key: key))
    }
}
