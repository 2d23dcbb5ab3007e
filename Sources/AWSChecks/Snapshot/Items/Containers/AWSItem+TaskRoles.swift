import AWSClient

extension AWSItem {
    /// The roles of the running revisions: those that the tasks act under, and those under which ECS starts them.
    public static let taskRoles = AWSItem(
        "taskRoles", at: \.taskRoles, actions: ["iam:GetRole"], from: [.services, .taskDefinitions]
    ) { collector, snapshot in
        let definitions = TaskReferences.all(in: snapshot, collector.settings).map(\.definition)
        let arns = definitions.flatMap { [$0.taskRoleArn, $0.executionRoleArn].compactMap(\.self) }
        return await collector.each(Set(arns).sorted()) { (arn) async throws(AWSError) -> IAM.Role in
            try await collector.client.call(IAM.getRole(TaskReferences.name(ofRole: arn))).role
        }
    }
}

extension AWSSnapshot {
    /// By the ARN in the task definition.
    public var taskRoles: [String: Collected<IAM.Role>] {
        get { self[table: .taskRoles] }
        set { self[table: .taskRoles] = newValue }
    }
}
