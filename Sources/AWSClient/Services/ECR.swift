/// Amazon Elastic Container Registry: what an image was built for.
public enum ECR {
    public struct Images: Codable, Sendable {
        public struct Image: Codable, Sendable {
            public struct Identifier: Codable, Hashable, Sendable {
                public var imageDigest: String?
                public var imageTag: String?
            }
            public var repositoryName: String?
            public var imageId: Identifier
            public var imageManifest: String?
        }
        public struct Failure: Codable, Hashable, Sendable {
            public var failureCode: String?
            public var failureReason: String?
        }
        public var images: [Image]
        public var failures: [Failure]
    }

    public static func batchGetImage(repository: String, tag: String?, digest: String?) -> AWSOperation<Images> {
        var id: [String: AWSInput] = [:]
        if let tag { id["imageTag"] = .string(tag) }
        if let digest { id["imageDigest"] = .string(digest) }
        return .init(
            .ecr, "BatchGetImage",
            ["repositoryName": .string(repository), "imageIds": .list([.structure(id)])])
    }
}
