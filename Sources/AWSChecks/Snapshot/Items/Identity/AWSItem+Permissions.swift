import AWSClient

extension AWSItem {
    /// What IAM says that the identity may do.
    public static let permissions = AWSItem(
        "permissions", at: \.permissions, actions: ["iam:SimulatePrincipalPolicy"], from: [.identity]
    ) { collector, snapshot in
        await collector.permissions(of: snapshot.identity)
    }
}

extension AWSSnapshot {
    /// Whether each action is allowed.
    public var permissions: Collected<[String: Bool]>? {
        get { self[.permissions] }
        set { self[.permissions] = newValue }
    }
}

extension AWSSnapshotCollector {
    /// Has IAM simulate every action on the resources it will be called for: without them, a policy that is limited to those
    /// resources would look as if it allowed nothing.
    fileprivate func permissions(of identity: Collected<STS.CallerIdentity>?) async -> Collected<[String: Bool]> {
        await Collected.from { () async throws(AWSError) -> [String: Bool] in
            guard case .value(let caller)? = identity else {
                throw identity?.error
                    ?? AWSError(.noCredentials, operation: "sts GetCallerIdentity", message: "no identity")
            }
            let actions = Set(AWSItem.actions(for: AWSItem.allCases))
            let policy = AccessPolicy(for: actions, settings: settings, account: caller.account)
            var allowed: [String: Bool] = [:]
            // What is allowed under a condition only cannot be simulated without it.
            for statement in policy.statements where statement.viaServices.isEmpty {
                let pages = IAM.simulatePrincipalPolicy(
                    principal: Self.policySource(caller.arn), actions: statement.actions,
                    resources: statement.resources)
                for result in try await client.all(pages, { $0.evaluationResults }) {
                    allowed[result.evalActionName] =
                        result.evalDecision == "allowed" && allowed[result.evalActionName] ?? true
                }
            }
            return allowed
        }
    }

    /// The role behind an assumed role's session: only roles, users and groups can be simulated.
    static func policySource(_ arn: String) -> String {
        guard let match = arn.wholeMatch(of: #/arn:([\w-]+):sts::(\d+):assumed-role\/([^\/]+)\/.+/#) else { return arn }
        return "arn:\(match.1):iam::\(match.2):role/\(match.3)"
    }
}
