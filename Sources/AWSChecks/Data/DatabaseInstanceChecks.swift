import AWSClient
import CheckKit
import Formats
import Foundation
import RunModel
import Settings

/// What must hold of the database instance: each check is one question to it.
struct DatabaseInstanceChecks: CheckFamily {
    /// The states of an instance that can be used: also those of changes that leave it usable.
    private static let usable = [
        "available", "backing-up", "storage-optimization", "storage-config-upgrade", "storage-initialization",
        "modifying", "configuring-enhanced-monitoring", "configuring-iam-database-auth", "configuring-log-exports",
        "converting-to-vpc", "moving-to-vpc", "resetting-master-credentials", "delete-precheck",
    ]

    func checks(for configuration: Configuration) -> [any Check] {
        [
            DatabaseInstanceCheck(
                id: "AWS-RDS-01", title: "The database instance is available", defect: .state, severity: .critical,
                isCritical: true,
                risk: "MLflow and the API lose their database.",
                remediation: Remediation(
                    summary: "Start or fix the instance.",
                    command: "aws rds describe-db-instances --db-instance-identifier NAME"),
                holds: { _ in
                    Self.usable.map { "DBInstances[0].DBInstanceStatus == \(AWSQuestion.literal($0))" }
                        .joined(separator: " || ")
                },
                question: { instance, _, _ in
                    let status = instance.dbInstanceStatus ?? "?"
                    return Self.usable.contains(status) ? nil : ("the instance is \(status)", "available", status)
                }),
            DatabaseInstanceCheck(
                id: "AWS-RDS-02", title: "The database runs a supported PostgreSQL, or the configured major version",
                defect: .setting("EngineVersion"), severity: .medium,
                risk: "Migrations and drivers were tested with another version.",
                remediation: Remediation(summary: "Upgrade or restore to the expected major version."),
                question: { instance, expectations, now in EngineSupport.defect(of: instance, expectations, now) }),
            DatabaseInstanceCheck(
                id: "AWS-RDS-03", title: "The database is not reachable from the internet",
                defect: .exposed(.openToWorld), severity: .critical,
                risk: "Anyone can try passwords against it.",
                remediation: Remediation(
                    summary: "Take its public address away.",
                    command:
                        "aws rds modify-db-instance --db-instance-identifier NAME --no-publicly-accessible --apply-immediately"
                ),
                holds: { _ in "DBInstances[0].PubliclyAccessible == `false`" },
                question: { instance, _, _ in
                    instance.publiclyAccessible == true
                        ? ("the instance has a public address", "private", "publicly accessible") : nil
                }),
            DatabaseInstanceCheck(
                id: "AWS-RDS-04", title: "The database's storage is encrypted", defect: .exposed(.access),
                severity: .high,
                risk: "A copied snapshot can be read by whoever holds it.",
                remediation: Remediation(summary: "Restore an encrypted copy of a snapshot."),
                holds: { _ in "DBInstances[0].StorageEncrypted == `true`" },
                question: { instance, _, _ in
                    instance.storageEncrypted == true
                        ? nil : ("the storage is not encrypted", "encrypted", "not encrypted")
                }),
            DatabaseInstanceCheck(
                id: "AWS-RDS-05", title: "The database is backed up for at least 7 days",
                defect: .setting("BackupRetentionPeriod"), severity: .high,
                risk: "A mistake of last week cannot be undone.",
                remediation: Remediation(
                    summary: "Set the retention.",
                    command: "aws rds modify-db-instance --db-instance-identifier NAME --backup-retention-period 7"),
                holds: { expectations in
                    "DBInstances[0].BackupRetentionPeriod >= `\(Int(clamping: expectations.threshold("days", 7)))`"
                },
                question: { instance, expectations, _ in
                    let least = Int(clamping: expectations.threshold("days", 7))
                    let days = instance.backupRetentionPeriod ?? 0
                    return days >= least
                        ? nil : ("backups are kept for \(days) days", "at least \(least) days", "\(days) days")
                }),
            DatabaseInstanceCheck(
                id: "AWS-RDS-06", title: "The database has no change waiting for a restart",
                defect: .setting("PendingModifiedValues"), severity: .medium,
                risk: "What was configured is not in force, or comes into force at the next restart.",
                remediation: Remediation(
                    summary: "Restart in a quiet hour.",
                    command: "aws rds reboot-db-instance --db-instance-identifier NAME"),
                question: { instance, _, _ in
                    let waiting = instance.dbParameterGroups.first { $0.parameterApplyStatus == "pending-reboot" }
                    if let waiting {
                        return (
                            "parameters of \(waiting.dbParameterGroupName ?? "?") wait for a restart", "in-sync",
                            "pending-reboot"
                        )
                    }
                    if instance.pendingModifiedValues?.masterUserPassword != nil {
                        return (
                            "a new master password is about to come into force", "no pending change", "pending password"
                        )
                    }
                    return nil
                }),
            DatabaseInstanceCheck(
                id: "AWS-RDS-07",
                title: "In production the database stands in two zones and cannot be deleted by mistake",
                defect: .setting("MultiAZ"), severity: .medium,
                risk: "The loss of a zone, or one wrong command, is the loss of the database.",
                remediation: Remediation(
                    summary: "Switch both on.",
                    command: "aws rds modify-db-instance --db-instance-identifier NAME --multi-az --deletion-protection"
                ),
                holds: { _ in "DBInstances[0].MultiAZ == `true` && DBInstances[0].DeletionProtection == `true`" },
                question: { instance, expectations, _ in
                    guard expectations.isProduction else { return nil }
                    let missing = [
                        instance.multiAZ == true ? nil : "multi-AZ",
                        instance.deletionProtection == true ? nil : "deletion protection",
                    ].compactMap(\.self)
                    return missing.isEmpty
                        ? nil
                        : (
                            "off: \(missing.joined(separator: ", "))", "multi-AZ and deletion protection",
                            "without \(missing.joined(separator: " and "))"
                        )
                }),
            DatabaseInstanceCheck(
                id: "AWS-RDS-08", title: "The database's certificate holds for at least 30 days",
                defect: .setting("CACertificateIdentifier"), severity: .high,
                risk: "Clients that check the certificate refuse the connection from that day on.",
                remediation: Remediation(
                    summary: "Move to a newer certificate authority, after its certificates are on the clients.",
                    command:
                        "aws rds modify-db-instance --db-instance-identifier NAME --ca-certificate-identifier rds-ca-rsa2048-g1"
                ),
                question: { instance, expectations, now in
                    guard let end = instance.certificateDetails?.validTill else { return nil }
                    let days = end.timeIntervalSince(now) / 86_400
                    let least = expectations.threshold("days", 30)
                    let authority =
                        instance.certificateDetails?.caIdentifier ?? instance.caCertificateIdentifier ?? "its authority"
                    return days >= least
                        ? nil
                        : (
                            "the certificate of \(authority) ends \(Timestamp.text(end))",
                            "at least \(least.wholeText) days", "\(max(0, days).rounded(.down).wholeText) days"
                        )
                }),
        ]
    }
}

/// One question to the configured database instance.
struct DatabaseInstanceCheck: SnapshotCheck {
    let id: CheckID
    let title: String
    /// What a question that is answered with no means.
    let defect: ResourceDefect
    let severity: Severity
    var isCritical = false
    let risk: String
    let remediation: Remediation
    /// The same question in JMESPath over what the AWS command line describes, true when all is well; nil where it cannot be put so.
    var holds: (@Sendable (AWSExpectations) -> String)?
    /// Nil when all is well, else what is wrong, what was expected and what is there.
    let question: @Sendable (RDS.Instance, AWSExpectations, Date) -> (message: String, expected: String, got: String)?

    let items: [AWSItem] = [.databases]
    var passingNote: String { title }

    var descriptor: CheckDescriptor {
        declare(
            id, title, intent: "Everything the platform stores lies in this instance.", severity: severity,
            isCritical: isCritical, risk: risk,
            remediation: remediation)
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let name = expectations.settings.databaseInstance
        guard let instance = try snapshot.databases.known().first(where: { $0.dbInstanceIdentifier == name }) else {
            guard isCritical else {
                throw Stop.inconclusive(
                    .obstacle(.nothingToLookAt, of: .aws(.databaseInstance, name)),
                    "the database instance \(name) does not exist; see AWS-RDS-01")
            }
            analysis.found(
                .missing(.aws(.databaseInstance, name)),
                name, "the database instance does not exist", expected: "an instance", got: "none of that name",
                question: asked(name, expectations))
            return analysis
        }
        analysis.look(at: name) { analysis in
            if let wrong = question(instance, expectations, snapshot.takenAt) {
                analysis.found(
                    defect.symptom(of: .aws(.databaseInstance, name), says: wrong.got), name, wrong.message,
                    expected: wrong.expected, got: wrong.got, question: asked(name, expectations))
            }
        }
        return analysis
    }

    private func asked(_ name: String, _ expectations: AWSExpectations) -> AWSQuestion? {
        holds.map {
            AWSQuestion(
                ["rds", "describe-db-instances", "--db-instance-identifier", name], holds: "(\($0(expectations)))",
                absences: ["DBInstanceNotFound"])
        }
    }
}
