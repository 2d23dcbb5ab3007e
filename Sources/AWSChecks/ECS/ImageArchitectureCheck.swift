import AWSClient
import CheckKit
import RunModel

/// AWS-ECS-11: images exist in the registry and are built for the processors they run on.
struct ImageArchitectureCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions, .tasks, .images]
    let passingNote = "every image exists and suits its processor"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-11", "Images exist and are built for linux/amd64, or for what the task asks",
            intent: "An image built on ARM ends with ‘exec format error’.", severity: .critical, isCritical: true,
            risk: "New tasks do not start.",
            remediation: Remediation(
                summary: "Build for the platform.", command: "docker buildx build --platform linux/amd64 …"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (_, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let definition = try TaskDefinitionFacts.current(ofService: service, in: snapshot)
                // An ARM image may name a variant after it, and Windows has an architecture of its own name.
                let system =
                    definition.runtimePlatform?.operatingSystemFamily?.hasPrefix("WINDOWS") == true
                    ? "windows" : "linux"
                let wanted =
                    system + (definition.runtimePlatform?.cpuArchitecture == "ARM64" ? "/arm64" : "/amd64")
                for container in definition.containerDefinitions {
                    examine(container, of: service, wanted: wanted, snapshot, &analysis)
                }
            }
        }
        return analysis
    }

    private func examine(
        _ container: ECS.TaskDefinition.Container, of service: String, wanted: String, _ snapshot: AWSSnapshot,
        _ analysis: inout Analysis
    ) {
        analysis.look(at: container.image) { analysis in
            guard let answer = snapshot.images[container.image] else {
                // What a task runs now could be pulled, whoever's registry it is.
                let tasks = (try? snapshot.tasks[service].known()) ?? []
                let runs = tasks.contains { task in
                    task.lastStatus == "RUNNING" && task.containers.contains { $0.image == container.image }
                }
                guard runs else {
                    throw Stop.inconclusive(
                        .obstacle(.hidden, of: .aws(.image, container.image)),
                        "the image is in a registry that is not asked, and no running task has pulled it")
                }
                analysis.remarks.append("\(container.image) is in another registry; a running task has pulled it")
                return
            }
            if case .failed(let error) = answer, error.kind == .notFound {
                analysis.found(
                    .missing(.aws(.image, container.image)),
                    container.image, "the image is not in its repository", expected: "an image",
                    got: error.message)
                return
            }
            let image = try answer.known()
            if image.platforms.isEmpty {
                throw Stop.inconclusive(
                    .obstacle(.hidden, of: .aws(.image, container.image)),
                    "neither the manifest nor the configuration names a platform")
            }
            if !image.platforms.contains(where: { $0 == wanted || $0.hasPrefix(wanted + "/") }) {
                analysis.found(
                    .ailment(.aws(.image, container.image), .wrongArchitecture),
                    container.image, "the image is not built for \(wanted)", expected: wanted,
                    got: image.platforms.joined(separator: ", "))
            }
        }
    }
}
