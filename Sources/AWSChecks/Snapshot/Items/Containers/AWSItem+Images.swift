import AWSClient
import HTTPClient

extension AWSItem {
    /// What the images of the running and of the newest revisions were built for.
    public static let images = AWSItem(
        "images", at: \.images, actions: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        from: [.services, .taskDefinitions]
    ) { collector, snapshot in
        var names: Set<String> = []
        for case .value(let revisions) in snapshot.taskDefinitions.values {
            names.formUnion(revisions.first?.containerDefinitions.map(\.image) ?? [])
        }
        for reference in TaskReferences.all(in: snapshot, collector.settings) {
            names.formUnion(reference.definition.containerDefinitions.map(\.image))
        }
        let ours = names.filter { ImageName($0).isElasticRegistry }.sorted()
        return await collector.each(ours) { (name) async throws(AWSError) -> ImageFacts in
            try await collector.image(name)
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
    /// The digests of the images of an index; nil for a single image.
    public var members: [String]?
}

extension AWSSnapshotCollector {
    /// Asks the image's own registry, in its account and its region.
    fileprivate func image(_ name: String) async throws(AWSError) -> ImageFacts {
        let image = ImageName(name)
        let client = image.place.map { self.client.inRegion($0.region) } ?? self.client
        let operation = ECR.batchGetImage(
            registry: image.place?.account, repository: image.repository, tag: image.tag, digest: image.digest)
        let answer = try await client.call(operation)
        guard let found = answer.images.first else {
            let reason = answer.failures.first?.failureReason ?? "no such image"
            throw AWSError(.notFound, operation: operation.label, message: "\(name): \(reason)")
        }
        let manifest = ImageManifest(found.imageManifest ?? "")
        var platforms = manifest.platforms
        if platforms.isEmpty, let digest = manifest.configuration {
            platforms = try await platform(of: image, configuration: digest, client).map { [$0] } ?? []
        }
        return ImageFacts(
            digest: found.imageId.imageDigest, platforms: platforms, members: manifest.isIndex ? manifest.members : nil)
    }

    /// The platform in the configuration of a single image, which its manifest does not name.
    private func platform(
        of image: ImageName, configuration digest: String, _ client: AWSClient
    ) async throws(AWSError) -> String? {
        let operation = ECR.layerAddress(
            registry: image.place?.account, repository: image.repository, digest: digest)
        let address: String
        do throws(AWSError) { address = try await client.call(operation).downloadUrl } catch {
            // A registry that has no such call does not tell; a refusal is one.
            guard error.kind == .client || error.kind == .notFound else { throw error }
            return nil
        }
        let request = HTTPRequest(url: address, deadline: .seconds(10), maximumBodyBytes: 4 << 20)
        do throws(HTTPError) {
            return ImageManifest.platform(inConfiguration: try await http.send(request).body)
        } catch {
            throw AWSError(.transport, operation: operation.label, message: "\(image.repository): \(error.message)")
        }
    }
}
