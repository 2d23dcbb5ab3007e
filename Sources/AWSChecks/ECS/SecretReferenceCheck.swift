import CheckKit
import RunModel

/// AWS-ECS-06: references to secrets are whole ARNs.
struct SecretReferenceCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions]
    let passingNote = "every secret is referred to by its whole ARN"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-06", "Secrets are referred to by ARNs with their suffix",
            intent: "An ARN without the six random characters is a start-up risk.",
            severity: .medium,
            risk: "Tasks fail to start with ResourceInitializationError.",
            remediation: Remediation(
                summary: "Use the ARN that describe-secret prints.",
                command: "aws secretsmanager describe-secret --secret-id NAME --query ARN"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (_, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let definition = try TaskDefinitionFacts.current(ofService: service, in: snapshot)
                for container in definition.containerDefinitions {
                    for secret in container.secrets where Self.lacksSuffix(secret.valueFrom) {
                        analysis.found(
                            .setting(.aws(.taskDefinition, definition.family), secret.name, .differs),
                            "\(definition.family):\(definition.revision)",
                            "\(container.name) refers to \(secret.name) by an ARN without its suffix",
                            expected: "…secret:NAME-xxxxxx", got: secret.valueFrom)
                    }
                }
            }
        }
        return analysis
    }

    /// Whether a secret's ARN ends without a hyphen and six letters or digits; JSON key and version may follow.
    static func lacksSuffix(_ reference: String) -> Bool {
        guard let match = reference.firstMatch(of: #/:secretsmanager:[^:]*:[^:]*:secret:([^:]+)/#) else { return false }
        return match.1.firstMatch(of: #/-[A-Za-z0-9]{6}$/#) == nil
    }
}
