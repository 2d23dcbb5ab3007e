import AWSClient

extension AWSItem {
    /// What is known of the configured secrets without their values.
    public static let secrets = AWSItem(
        "secrets", at: \.secrets, actions: ["secretsmanager:DescribeSecret"], on: .secrets
    ) { collector, _ in
        await collector.each(collector.settings.secrets) {
            (name) async throws(AWSError) -> SecretsManager.Description in
            try await collector.client.call(SecretsManager.describeSecret(name))
        }
    }
}

extension AWSSnapshot {
    public var secrets: [String: Collected<SecretsManager.Description>] {
        get { self[table: .secrets] }
        set { self[table: .secrets] = newValue }
    }
}
