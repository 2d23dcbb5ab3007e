import AWSClient

extension AWSItem {
    /// What IAM says that the roles of the running revisions may do, of what their tasks need.
    public static let taskPermissions = AWSItem(
        "taskPermissions", at: \.taskPermissions, actions: ["iam:SimulatePrincipalPolicy"],
        from: [.services, .taskDefinitions, .identity]
    ) { collector, snapshot in
        var account: String?
        if case .value(let caller)? = snapshot.identity { account = caller.account }
        let needs = TaskReferences.needs(in: snapshot, collector.settings, account: account)
        return await collector.each(needs.keys.sorted()) { (role) async throws(AWSError) -> [String: Bool] in
            var allowed: [String: Bool] = [:]
            for (resource, actions) in (needs[role] ?? [:]).sorted(by: { $0.key < $1.key }) {
                let pages = IAM.simulatePrincipalPolicy(
                    principal: role, actions: actions.sorted(), resources: [resource])
                for result in try await collector.client.all(pages, { $0.evaluationResults }) {
                    allowed["\(result.evalActionName) \(resource)"] = result.evalDecision == "allowed"
                }
            }
            return allowed
        }
    }
}

extension AWSSnapshot {
    /// By the role's ARN, then by action and resource with a space between them: whether it is allowed.
    public var taskPermissions: [String: Collected<[String: Bool]>] {
        get { self[table: .taskPermissions] }
        set { self[table: .taskPermissions] = newValue }
    }
}
