import CheckKit
import Formats
import Foundation
import RunModel

/// AWS-SEC-03: the database secret is as new as the last change of the database's password.
struct SecretRotationCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.secrets, .changes, .services, .taskDefinitions]
    let passingNote = "no password change of the database is newer than its secret"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-SEC-03", "The database secret changed with the database's password",
            intent: "A password changed without its secret is drift.", severity: .critical,
            risk: "The next connection is refused: password authentication failed.",
            remediation: Remediation(
                summary: "Store the current password in the secret and deploy.",
                command: "aws secretsmanager put-secret-value --secret-id NAME --secret-string file://secret.json"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let record = try snapshot.changes.known()
        let names = DatabaseSecrets.names(snapshot, expectations.settings)
        let changes = record.changes.filter { change in
            change.kind == .databasePassword && change.errorCode == nil
                && change.resources.contains { $0.contains(expectations.settings.databaseInstance) }
        }
        for name in names {
            analysis.look(at: name) { analysis in
                let secret = try snapshot.secrets[name].known()
                guard let last = changes.last else { return }
                let changed = [secret.lastChangedDate, secret.lastRotatedDate].compactMap(\.self).max() ?? .distantPast
                // Whoever changes both does it within minutes, in either order.
                if last.at.timeIntervalSince(changed) > expectations.threshold("minutes", 15) * 60 {
                    analysis.found(
                        .changed(.aws(.secret, name)),
                        name, "\(last.actor) changed the database's password after the secret was last written",
                        expected: "a secret written at or after \(Timestamp.text(last.at))",
                        got: Timestamp.text(changed))
                }
            }
        }
        return analysis
    }
}
