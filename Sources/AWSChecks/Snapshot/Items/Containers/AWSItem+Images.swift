import AWSClient

extension AWSItem {
    /// What the images of the newest revisions were built for.
    public static let images = AWSItem("images", at: \.images, actions: ["ecr:BatchGetImage"], from: [.taskDefinitions])
    { collector, snapshot in
        var names: Set<String> = []
        for case .value(let revisions) in snapshot.taskDefinitions.values {
            names.formUnion(revisions.first?.containerDefinitions.map(\.image) ?? [])
        }
        let ours = names.filter { ImageName($0).isElasticRegistry }.sorted()
        return await collector.each(ours) { (name) async throws(AWSError) -> ImageFacts in
            let image = ImageName(name)
            let operation = ECR.batchGetImage(repository: image.repository, tag: image.tag, digest: image.digest)
            let answer = try await collector.client.call(operation)
            guard let found = answer.images.first else {
                let reason = answer.failures.first?.failureReason ?? "no such image"
                throw AWSError(.notFound, operation: operation.label, message: "\(name): \(reason)")
            }
            return ImageFacts(
                digest: found.imageId.imageDigest, platforms: ImageName.platforms(inManifest: found.imageManifest ?? "")
            )
        }
    }
}

extension AWSSnapshot {
    /// Platforms by image name.
    public var images: [String: Collected<ImageFacts>] {
        get { self[table: .images] }
        set { self[table: .images] = newValue }
    }
}

/// What an image was built for.
public struct ImageFacts: Sendable, Codable, Hashable {
    public var digest: String?
    /// `linux/amd64`, …; empty when the registry's answer does not tell.
    public var platforms: [String]
}
