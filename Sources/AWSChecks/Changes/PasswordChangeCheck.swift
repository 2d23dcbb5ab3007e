import CheckKit
import Formats
import Foundation
import RunModel

/// AWS-CT-02: nobody changed the database's master password in the window.
struct PasswordChangeCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.changes, .secrets, .services, .taskDefinitions]
    let passingNote = "no password change in the window"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CT-02", "The database's master password was not changed in the window",
            intent: "Concurrent Terraform runs changed it without anyone knowing.",
            severity: .medium,
            risk: "Services keep the old password until they start again, then fail.",
            remediation: Remediation(
                summary: "Write the new password to the secret and deploy; lock the Terraform state."))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let record = try snapshot.changes.known()
        analysis.look(at: expectations.settings.databaseInstance) { analysis in
            let secrets = DatabaseSecrets.names(snapshot, expectations.settings)
            for change in record.changes where change.kind == .databasePassword && change.errorCode == nil {
                let written = secrets.compactMap { name -> Date? in
                    let secret = snapshot.secrets[name]?.answer
                    return [secret?.lastChangedDate, secret?.lastRotatedDate].compactMap(\.self).max()
                }
                // A rotation writes the secret as well, within minutes.
                let patience = expectations.threshold("minutes", 15) * 60
                if let last = written.max(), change.at.timeIntervalSince(last) <= patience {
                    analysis.remarks.append(
                        "\(change.actor) changed the master password at \(Timestamp.text(change.at)); its secret was written at \(Timestamp.text(last))"
                    )
                    continue
                }
                let holders =
                    secrets.isEmpty
                    ? "" : ", and nobody wrote the secrets that hold it: \(secrets.joined(separator: ", "))"
                analysis.found(
                    .changed(.aws(.databaseInstance, change.resources.first ?? "")),
                    change.resources.first ?? "?", "\(change.actor) changed the master password\(holders)",
                    expected: "no change in the window",
                    got: "\(change.action) at \(Timestamp.text(change.at))")
            }
        }
        for gap in record.gaps { analysis.unknown(.obstacle(.notCollected, of: Component(.aws)), gap) }
        return analysis
    }
}
