import CheckKit
import Formats
import RunModel

/// AWS-CT-02: nobody changed the database's master password in the window.
struct PasswordChangeCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.changes]
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
            for change in record.changes where change.kind == .databasePassword && change.errorCode == nil {
                analysis.found(
                    .changed(.aws(.databaseInstance, change.resources.first ?? "")),
                    change.resources.first ?? "?", "\(change.actor) changed the master password",
                    expected: "no change in the window",
                    got: "\(change.action) at \(Timestamp.text(change.at))")
            }
        }
        for gap in record.gaps { analysis.unknown(.obstacle(.notCollected, of: Component(.aws)), gap) }
        return analysis
    }
}
