import AWSClient

extension AWSItem {
    /// What is known of the secrets that the running revisions read, without their values.
    public static let taskSecrets = AWSItem(
        "taskSecrets", at: \.taskSecrets, actions: ["secretsmanager:DescribeSecret"], on: .secrets,
        from: [.services, .taskDefinitions]
    ) { collector, snapshot in
        let arns = TaskReferences.all(in: snapshot, collector.settings).flatMap(\.secrets).compactMap(\.secretARN)
        return await collector.each(Set(arns).sorted()) {
            (arn) async throws(AWSError) -> SecretsManager.Description in
            let client = SecretReference.region(ofARN: arn).map(collector.client.inRegion) ?? collector.client
            return try await client.call(SecretsManager.describeSecret(arn))
        }
    }
}

extension AWSSnapshot {
    /// By the secret's ARN as the reference has it, without field, stage and version.
    public var taskSecrets: [String: Collected<SecretsManager.Description>] {
        get { self[table: .taskSecrets] }
        set { self[table: .taskSecrets] = newValue }
    }
}
