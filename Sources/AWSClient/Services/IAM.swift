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

    /// At most 100 actions at a time, so that the answer fits one page.
    public static func simulatePrincipalPolicy(
        principal arn: String, actions: [String]
    ) -> AWSOperation<Simulation> {
        .init(
            .iam, "SimulatePrincipalPolicy",
            ["PolicySourceArn": .string(arn), "ActionNames": .strings(actions), "MaxItems": 1000],
            pages: .marker)
    }
}
