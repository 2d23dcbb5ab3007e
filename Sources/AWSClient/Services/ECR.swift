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

    public struct LayerAddress: Codable, Sendable { public var downloadUrl: String }

    /// Where a layer, or the configuration of an image, can be fetched without credentials for some minutes.
    public static func layerAddress(registry: String?, repository: String, digest: String) -> AWSOperation<LayerAddress>
    {
        var input: [String: AWSInput] = ["repositoryName": .string(repository), "layerDigest": .string(digest)]
        if let registry { input["registryId"] = .string(registry) }
        return .init(.ecr, "GetDownloadUrlForLayer", input)
    }

    /// - Parameter registry: the account whose registry it is; nil for the caller's own.
    public static func batchGetImage(
        registry: String? = nil, repository: String, tag: String?, digest: String?
    ) -> AWSOperation<Images> {
        var id: [String: AWSInput] = [:]
        if let tag { id["imageTag"] = .string(tag) }
        if let digest { id["imageDigest"] = .string(digest) }
        var input: [String: AWSInput] = [
            "repositoryName": .string(repository), "imageIds": .list([.structure(id)]),
            // Without the names of these forms an image index is answered as one of its images.
            "acceptedMediaTypes": .strings([
                "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
                "application/vnd.docker.distribution.manifest.list.v2+json",
                "application/vnd.docker.distribution.manifest.v2+json",
            ]),
        ]
        if let registry { input["registryId"] = .string(registry) }
        return .init(.ecr, "BatchGetImage", input)
    }
}
