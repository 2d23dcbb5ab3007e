import CheckKit
import Formats
import RunModel

/// AWS-SEC-02: the secrets have the fields that their readers look for.
struct SecretShapeCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.secretShapes]
    let judgesEachAlone = true
    let passingNote = "every secret has the fields its readers look for"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-SEC-02", "The secrets have the shape their readers expect",
            intent: "A field of another name is a missing password.",
            procedure: "Reads each configured secret, keeps the names of its fields and forgets its values.",
            severity: .high,
            risk: "The service starts without password, or not at all.",
            remediation: Remediation(
                summary: "Store the secret as JSON with the expected fields.",
                command: "aws secretsmanager put-secret-value --secret-id NAME --secret-string file://secret.json"))
    }

    /// Fields by the end of a secret's name: one of each inner list must be there (contract §8.3).
    private static func expectedFields(_ name: String) -> [[String]] {
        if name.contains("app-secrets/") { return [["secret_key"], ["database_password"]] }
        if name.hasSuffix("database/credentials") { return [["password", "PASSWORD", "db_password"]] }
        if name.hasSuffix("auth-token") { return [["auth_token"]] }
        return []
    }

    private static func isPEM(_ name: String) -> Bool {
        ["ca-cert", "server-cert", "server-key", "client-cert", "client-key"].contains { name.hasSuffix("/" + $0) }
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for name in expectations.settings.secrets {
            analysis.look(at: name) { analysis in
                guard let answer = snapshot.secretShapes[name] else {
                    throw Stop.inconclusive(.obstacle(.notCollected, of: .aws(.secret, name)), "not asked")
                }
                if answer.error?.kind == .notFound {
                    throw Stop.inconclusive(
                        .obstacle(.nothingToLookAt, of: .aws(.secret, name)),
                        "the secret does not exist; see AWS-SEC-01")
                }
                let shape = try answer.known()
                if shape.isEmpty {
                    analysis.found(
                        .setting(.aws(.secret, name), name, .missing), name, "the secret is empty", expected: "a value",
                        got: "nothing")
                } else if Self.isPEM(name) {
                    if !shape.isPEM {
                        analysis.found(
                            .setting(.aws(.secret, name), name, .differs), name, "the secret is no PEM text",
                            expected: "PEM", got: "another text")
                    }
                } else {
                    for alternatives in Self.expectedFields(name) {
                        let fields = shape.fields ?? []
                        if !alternatives.contains(where: fields.contains) {
                            analysis.found(
                                .setting(.aws(.secret, name), alternatives[0], .missing),
                                name, "the secret lacks \(alternatives.joined(separator: " or "))",
                                expected: "a JSON object with \(alternatives.joined(separator: " or "))",
                                got: shape.fields.map { "fields \($0.joined(separator: ", "))" } ?? "no JSON object")
                        }
                    }
                }
            }
        }
        return analysis
    }
}
