import AWSClient
import CheckKit
import RunModel

/// AWS-ECS-16: the fields of secrets that the running revisions read exist.
struct SecretFieldsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions, .taskSecrets, .secretShapes]
    let passingNote = "every field of a secret that a task reads exists"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-16", "The fields that the tasks read are in their secrets",
            intent:
                "A reference to a member of a secret's JSON fails like a missing secret when the member is not there.",
            procedure:
                "Holds the fields that the running revisions name against the names of the fields of the configured secrets.",
            severity: .high, risk: "The next task fails to start: the secret did not contain the JSON key.",
            remediation: Remediation(
                summary: "Store the secret with the field, or name the field that is there and deploy.",
                command: "aws secretsmanager put-secret-value --secret-id NAME --secret-string file://secret.json"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        var count = 0
        for (role, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let task = try TaskReferences(role: role, service: service, in: snapshot, expectations.settings)
                for (container, variable, reference) in task.variables {
                    guard let field = reference.field, let arn = reference.secretARN else { continue }
                    count += 1
                    // Another check says that the secret itself is gone.
                    if snapshot.taskSecrets[arn]?.error?.kind == .notFound { continue }
                    try examine(
                        field, arn, "\(variable) of \(container) in \(task.name)", snapshot, expectations, &analysis)
                }
            }
        }
        if count == 0, analysis.unknowns.isEmpty { throw Stop.skipped("no task reads a field of a secret") }
        return analysis
    }

    private func examine(
        _ field: String, _ arn: String, _ place: String, _ snapshot: AWSSnapshot, _ expectations: AWSExpectations,
        _ analysis: inout Analysis
    ) throws {
        let name = try snapshot.taskSecrets[arn].known().name
        guard let configured = expectations.settings.secrets.first(where: { $0 == name || $0 == arn }) else {
            analysis.unknown(
                .runLacks(.setting("aws.secrets")),
                "\(place): whether \(name) has the field \(field) is not known; `aws.secrets` does not name it")
            return
        }
        let shape = try snapshot.secretShapes[configured].known()
        if shape.fields?.contains(field) != true {
            analysis.found(
                .setting(.aws(.secret, name), field, .missing), name,
                "\(place) reads the field \(field), which is missing",
                expected: "a JSON object with \(field)",
                got: shape.fields.map { "fields \($0.joined(separator: ", "))" } ?? "no JSON object")
        }
    }
}
