import AWSClient

extension AWSItem {
    /// Revisions of the task definitions in use.
    public static let taskDefinitions = AWSItem(
        "taskDefinitions", at: \.taskDefinitions, actions: ["ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"],
        from: [.services]
    ) { collector, snapshot in
        await collector.taskDefinitions(of: snapshot.services)
    }
}

extension AWSSnapshot {
    /// Revisions by family, newest first; the one in use is always among them.
    public var taskDefinitions: [String: Collected<[ECS.TaskDefinition]>] {
        get { self[table: .taskDefinitions] }
        set { self[table: .taskDefinitions] = newValue }
    }
}

extension AWSSnapshotCollector {
    fileprivate func taskDefinitions(
        of services: Collected<[ECS.Service]>?
    ) async -> [String: Collected<[ECS.TaskDefinition]>] {
        guard case .value(let services)? = services else {
            guard let error = services?.error else { return [:] }
            // Nobody knows the families; the error stands for every service.
            return Dictionary(settings.ecsServices.values.map { ($0, .failed(error)) }) { first, _ in first }
        }
        let inUse = Dictionary(
            services.compactMap { service in service.taskDefinition.map { (Self.family(of: $0), $0) } },
            uniquingKeysWith: { first, _ in first })
        let (client, count) = (client, settings.taskRevisions)
        return await each(inUse.keys.sorted()) { (family) async throws(AWSError) -> [ECS.TaskDefinition] in
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
    }

    /// `hokusai-api-development` of `arn:…:task-definition/hokusai-api-development:17`.
    static func family(of taskDefinition: String) -> String {
        let name = taskDefinition.split(separator: "/").last ?? ""
        return String(name.split(separator: ":").first ?? "")
    }
}
