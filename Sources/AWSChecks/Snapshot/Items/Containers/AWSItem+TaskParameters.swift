import AWSClient

extension AWSItem {
    /// What is known of the parameters that the running revisions read, without their values.
    public static let taskParameters = AWSItem(
        "taskParameters", at: \.taskParameters, actions: ["ssm:DescribeParameters"],
        from: [.services, .taskDefinitions]
    ) { collector, snapshot in
        let references = TaskReferences.all(in: snapshot, collector.settings).flatMap(\.secrets)
        return await collector.each(Set(references.filter(\.isParameter).map(\.text)).sorted()) {
            (text) async throws(AWSError) -> SystemsManager.Parameter in
            let reference = SecretReference(text)
            let client = reference.region.map(collector.client.inRegion) ?? collector.client
            // The ARN of `name` and that of `/name` are the same.
            for name in reference.parameterNames {
                let operation = SystemsManager.describeParameter(name)
                if let found = try await client.all(operation, { $0.parameters }).first { return found }
            }
            throw AWSError(
                .notFound, operation: "ssm DescribeParameters",
                message: "no parameter \(reference.parameterNames.first ?? text) in \(client.region)")
        }
    }
}

extension AWSSnapshot {
    /// By the reference.
    public var taskParameters: [String: Collected<SystemsManager.Parameter>] {
        get { self[table: .taskParameters] }
        set { self[table: .taskParameters] = newValue }
    }
}
