import CheckKit
import Formats
import RunModel

/// AWS-SEC-01: the configured secrets exist and are not about to be deleted.
struct SecretsExistCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.secrets]
    let judgesEachAlone = true
    let passingNote = "every configured secret exists"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-SEC-01", "The configured secrets exist", intent: "Tasks do not start without them.",
            severity: .high, isCritical: true, risk: "The next task fails to start with ResourceInitializationError.",
            remediation: Remediation(
                summary: "Create or restore the secret.", command: "aws secretsmanager restore-secret --secret-id NAME")
        )
    }

    private static func question(_ name: String) -> AWSQuestion {
        AWSQuestion(
            ["secretsmanager", "describe-secret", "--secret-id", name], holds: "DeletedDate == `null`",
            absences: ["ResourceNotFoundException"])
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for name in expectations.settings.secrets {
            analysis.look(at: name) { analysis in
                guard let answer = snapshot.secrets[name] else {
                    throw Stop.inconclusive(.obstacle(.notCollected, of: .aws(.secret, name)), "not asked")
                }
                if case .failed(let error) = answer, error.kind == .notFound {
                    analysis.found(
                        .missing(.aws(.secret, name)), name, "the secret does not exist", expected: "a secret",
                        got: "none of that name", question: Self.question(name))
                    return
                }
                if let date = try answer.known().deletedDate {
                    analysis.found(
                        .ailment(.aws(.secret, name), .beingDeleted),
                        name, "the secret is being deleted", expected: "a secret in use",
                        got: "deleted \(Timestamp.text(date))", question: Self.question(name))
                }
            }
        }
        return analysis
    }
}
