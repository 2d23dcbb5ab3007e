import AWSClient

/// Stops tasks that were started under a mark.
struct ECSTasks: Sendable {
    /// A task that was just started may not be listed yet: the list is eventually consistent.
    private static let looks = 3
    private static let pause = Duration.seconds(2)

    private let aws: AWSClient

    init(_ aws: AWSClient) { self.aws = aws }

    func stop(_ tasks: UndoAction.TasksAction) async throws {
        for look in 1...Self.looks {
            let arns = try await aws.all(ECS.listTasks(cluster: tasks.cluster, startedBy: tasks.startedBy)) {
                $0.taskArns
            }
            for arn in arns {
                _ = try await aws.call(
                    ECS.stopTask(cluster: tasks.cluster, arn, reason: "started by \(tasks.startedBy) and left"))
            }
            if !arns.isEmpty { return }
            if look < Self.looks { try await Task.sleep(for: Self.pause) }
        }
    }
}
