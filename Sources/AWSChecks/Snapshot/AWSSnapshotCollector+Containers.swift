import AWSClient

extension AWSSnapshotCollector {
    func containers(_ item: AWSItem, _ snapshot: AWSSnapshot) async -> Update {
        switch item {
        case .clusters: await clusters()
        case .services: await ecsServices()
        case .tasks: await tasks()
        case .taskDefinitions: await taskDefinitions(snapshot)
        default: await images(snapshot)
        }
    }

    private func clusters() async -> Update {
        let (client, cluster) = (client, settings.cluster)
        let answer = await Collected.from { () async throws(AWSError) -> [ECS.Cluster] in
            try await client.call(ECS.describeClusters([cluster])).clusters
        }
        return { $0.clusters = answer }
    }

    private func ecsServices() async -> Update {
        let (client, cluster, names) = (client, settings.cluster, settings.ecsServices.values.sorted())
        let answer = await Collected.from { () async throws(AWSError) -> [ECS.Service] in
            var found: [ECS.Service] = []
            for start in stride(from: 0, to: names.count, by: 10) {
                let part = Array(names[start..<min(start + 10, names.count)])
                found += try await client.call(ECS.describeServices(cluster: cluster, part)).services
            }
            return found
        }
        return { $0.services = answer }
    }

    private func tasks() async -> Update {
        let (client, cluster) = (client, settings.cluster)
        let answers = await each(settings.ecsServices.values.sorted()) {
            (service) async throws(AWSError) -> [ECS.Task] in
            var arns: [String] = []
            for status in ["RUNNING", "STOPPED"] {
                let list = ECS.listTasks(cluster: cluster, service: service, status: status)
                arns += try await client.all(list, limit: 200) { $0.taskArns }
            }
            var tasks: [ECS.Task] = []
            for start in stride(from: 0, to: arns.count, by: 100) {
                let part = Array(arns[start..<min(start + 100, arns.count)])
                tasks += try await client.call(ECS.describeTasks(cluster: cluster, part)).tasks
            }
            return tasks
        }
        return { $0.tasks = answers }
    }

    private func taskDefinitions(_ snapshot: AWSSnapshot) async -> Update {
        guard case .value(let services)? = snapshot.services else {
            guard let error = snapshot.services?.error else { return { _ in } }
            // Nobody knows the families; the error stands for every service.
            let names = settings.ecsServices.values
            return { snapshot in for name in names { snapshot.taskDefinitions[name] = .failed(error) } }
        }
        let inUse = Dictionary(
            services.compactMap { service in service.taskDefinition.map { (Self.family(of: $0), $0) } },
            uniquingKeysWith: { first, _ in first })
        let (client, count) = (client, settings.taskRevisions)
        let answers = await each(inUse.keys.sorted()) { (family) async throws(AWSError) -> [ECS.TaskDefinition] in
            var names = try await client.call(ECS.listTaskDefinitions(family: family, limit: count)).taskDefinitionArns
                .filter { Self.family(of: $0) == family }
            if let current = inUse[family], !names.contains(current) { names.append(current) }
            var revisions: [ECS.TaskDefinition] = []
            for name in names {
                let described = try await client.call(ECS.describeTaskDefinition(name)).taskDefinition
                revisions.append(HiddenValue.masked(described))
            }
            return revisions.sorted { $0.revision > $1.revision }
        }
        return { $0.taskDefinitions = answers }
    }

    /// `hokusai-api-development` of `arn:…:task-definition/hokusai-api-development:17`.
    static func family(of taskDefinition: String) -> String {
        let name = taskDefinition.split(separator: "/").last ?? ""
        return String(name.split(separator: ":").first ?? "")
    }

    private func images(_ snapshot: AWSSnapshot) async -> Update {
        var names: Set<String> = []
        for case .value(let revisions) in snapshot.taskDefinitions.values {
            names.formUnion(revisions.first?.containerDefinitions.map(\.image) ?? [])
        }
        let ours = names.filter { ImageName($0).isElasticRegistry }.sorted()
        let client = client
        let answers = await each(ours) { (name) async throws(AWSError) -> ImageFacts in
            let image = ImageName(name)
            let operation = ECR.batchGetImage(repository: image.repository, tag: image.tag, digest: image.digest)
            let answer = try await client.call(operation)
            guard let found = answer.images.first else {
                let reason = answer.failures.first?.failureReason ?? "no such image"
                throw AWSError(.notFound, operation: operation.label, message: "\(name): \(reason)")
            }
            return ImageFacts(
                digest: found.imageId.imageDigest, platforms: ImageName.platforms(inManifest: found.imageManifest ?? "")
            )
        }
        return { $0.images = answers }
    }
}
