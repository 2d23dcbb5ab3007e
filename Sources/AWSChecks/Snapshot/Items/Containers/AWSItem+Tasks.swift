import AWSClient

extension AWSItem {
    /// The tasks of the services, running and stopped.
    public static let tasks = AWSItem("tasks", at: \.tasks, actions: ["ecs:ListTasks", "ecs:DescribeTasks"]) {
        collector, _ in
        let (client, cluster) = (collector.client, collector.settings.cluster)
        return await collector.each(collector.settings.ecsServices.values.sorted()) {
            (service) async throws(AWSError) -> [ECS.Task] in
            var arns: [String] = []
            for status in ["RUNNING", "STOPPED"] {
                let list = ECS.listTasks(cluster: cluster, service: service, status: status)
                arns += try await client.all(list, limit: 200) { $0.taskArns }
            }
            var tasks: [ECS.Task] = []
            // AWS takes a hundred names in one call.
            for start in stride(from: 0, to: arns.count, by: 100) {
                let part = Array(arns[start..<min(start + 100, arns.count)])
                tasks += try await client.call(ECS.describeTasks(cluster: cluster, part)).tasks
            }
            return tasks
        }
    }
}

extension AWSSnapshot {
    /// Running and stopped tasks by service.
    public var tasks: [String: Collected<[ECS.Task]>] {
        get { self[table: .tasks] }
        set { self[table: .tasks] = newValue }
    }
}
