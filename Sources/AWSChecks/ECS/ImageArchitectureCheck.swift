import CheckKit
import RunModel

/// AWS-ECS-11: images exist in the registry and are built for the processors they run on.
struct ImageArchitectureCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions, .images]
    let passingNote = "every image exists and suits its processor"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-11", "Images exist and are built for linux/amd64, or for what the task asks",
            intent: "An image built on ARM ends with ‘exec format error’.", severity: .high,
            risk: "New tasks do not start.",
            remediation: Remediation(
                summary: "Build for the platform.", command: "docker buildx build --platform linux/amd64 …"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (_, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let definition = try TaskDefinitionFacts.current(ofService: service, in: snapshot)
                let wanted = definition.runtimePlatform?.cpuArchitecture == "ARM64" ? "linux/arm64" : "linux/amd64"
                for container in definition.containerDefinitions {
                    guard let answer = snapshot.images[container.image] else {
                        analysis.remarks.append("\(container.image) is in another registry and is not looked at")
                        continue
                    }
                    if case .failed(let error) = answer, error.kind == .notFound {
                        analysis.found(
                            .missing(.aws(.image, container.image)),
                            container.image, "the image is not in its repository", expected: "an image",
                            got: error.message)
                        continue
                    }
                    let image = try answer.known()
                    if image.platforms.isEmpty {
                        analysis.remarks.append("\(container.image): the manifest does not name a platform")
                    } else if !image.platforms.contains(wanted) {
                        analysis.found(
                            .ailment(.aws(.image, container.image), .wrongArchitecture),
                            container.image, "the image is not built for \(wanted)", expected: wanted,
                            got: image.platforms.joined(separator: ", "))
                    }
                }
            }
        }
        return analysis
    }
}
