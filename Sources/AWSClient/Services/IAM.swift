/// AWS Identity and Access Management: what the credentials may do.
public enum IAM {
    public struct Simulation: Codable, Hashable, Sendable {
        public struct Result: Codable, Hashable, Sendable {
            public var evalActionName: String
            /// `allowed`, `explicitDeny` or `implicitDeny`.
            public var evalDecision: String
        }
        public var evaluationResults: [Result]
    }

    public struct Role: Codable, Hashable, Sendable {
        public var arn: String
        /// JSON in percent encoding (RFC 3986).
        public var assumeRolePolicyDocument: String?
    }

    public struct DescribedRole: Codable, Sendable { public var role: Role }

    public static func getRole(_ name: String) -> AWSOperation<DescribedRole> {
        .init(.iam, "GetRole", ["RoleName": .string(name)])
    }

    /// One result for each action on each resource. At most 100 actions at a time.
    public static func simulatePrincipalPolicy(
        principal arn: String, actions: [String], resources: [String]
    ) -> AWSOperation<Simulation> {
        .init(
            .iam, "SimulatePrincipalPolicy",
            [
                "PolicySourceArn": .string(arn), "ActionNames": .strings(actions), "ResourceArns": .strings(resources),
                "MaxItems": 1000,
            ], pages: .marker)
    }
}
