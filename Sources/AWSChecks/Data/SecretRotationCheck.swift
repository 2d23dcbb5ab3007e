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
            intent: "A password changed without its secret is drift.", severity: .critical, isCritical: true,
            risk: "The next connection is refused: password authentication failed.",
            remediation: Remediation(
                summary: "Store the current password in the secret and deploy.",
                command: "aws secretsmanager put-secret-value --secret-id NAME --secret-string file://secret.json"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let record = try snapshot.changes.known()
        let names = Self.databaseSecrets(snapshot, expectations)
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

    /// The configured secrets with the database's password: those that a task reads into a variable of the database, and those
    /// whose names say so.
    static func databaseSecrets(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) -> [String] {
        let references = TaskReferences.all(in: snapshot, expectations.settings).flatMap(\.variables).filter {
            isOfDatabase($0.variable)
        }
        return expectations.settings.secrets.filter { name in
            references.contains { entry in
                guard let secret = entry.reference.secretName else { return false }
                return entry.reference.secretARN == name || secret == name
                    || secret.hasPrefix(name + "-") && secret.count == name.count + 7
            } || name.contains("app-secrets") || isOfDatabase(name)
        }
    }

    /// `DB_PASSWORD`, `orion/pg`, `database/credentials`; not `PG` inside another word.
    private static func isOfDatabase(_ name: String) -> Bool {
        let words = name.lowercased().split { !($0.isLetter || $0.isNumber) }
        return words.contains { word in
            ["db", "pg", "rds", "sql", "database"].contains(word) || word.hasPrefix("postgres")
                || word.hasPrefix("pgpass")
        }
    }
}
