import AWSClient
import CheckKit
import Formats
import Foundation
import RunModel

/// AWS-RDS-09: AWS is not about to restart the database for maintenance.
struct MaintenanceCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.databases, .maintenance]
    let passingNote = "no maintenance is forced within two weeks"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-RDS-09", "No maintenance is forced on the database within two weeks",
            intent: "What is not scheduled in time happens at AWS's choice.", severity: .medium,
            risk: "The database restarts at an hour that nobody chose.",
            remediation: Remediation(
                summary: "Apply it in a quiet hour.",
                command:
                    "aws rds apply-pending-maintenance-action --resource-identifier ARN --apply-action ACTION --opt-in-type next-maintenance"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let name = expectations.settings.databaseInstance
        guard try snapshot.databases.known().contains(where: { $0.dbInstanceIdentifier == name }) else {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: .aws(.databaseInstance, name)),
                "the database instance \(name) does not exist; see AWS-RDS-01")
        }
        let pending = try snapshot.maintenance.known().filter {
            $0.resourceIdentifier?.hasSuffix(":db:" + name) != false
        }
        let soon = snapshot.takenAt.addingTimeInterval(expectations.threshold("days", 14) * 86_400)
        analysis.look(at: name) { analysis in
            for action in pending.flatMap(\.pendingMaintenanceActionDetails) {
                let title = "\(action.action ?? "?") (\(action.description ?? "no description"))"
                // What has no date is an offer.
                guard let at = [action.forcedApplyDate, action.autoAppliedAfterDate].compactMap(\.self).min() else {
                    analysis.remarks.append("\(name): offered: \(title)")
                    continue
                }
                guard at <= soon else {
                    analysis.remarks.append("\(name): \(title) from \(Timestamp.text(at)) on")
                    continue
                }
                analysis.found(
                    .setting(.aws(.databaseInstance, name), "PendingMaintenanceActions", .differs), name,
                    "\(title) is forced", expected: "nothing forced before \(Timestamp.text(soon))",
                    got: Timestamp.text(at))
            }
        }
        return analysis
    }
}
