import CheckKit
import RunModel

/// AWS-S3-07: replication that is set up is switched on.
struct BucketReplicationCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.bucketReplication]
    let judgesEachAlone = true
    let passingNote = "replication is on wherever it is set up"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-S3-07", "Replication that is set up is switched on",
            intent: "A disabled rule looks like a copy elsewhere and is none.", severity: .low,
            risk: "The copy that everyone counts on does not exist.",
            remediation: Remediation(
                summary: "Enable the rule or remove it.", command: "aws s3api get-bucket-replication --bucket BUCKET"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for bucket in expectations.settings.buckets {
            analysis.look(at: bucket) { analysis in
                let rules = try snapshot.bucketReplication[bucket].known().rule
                analysis.remarks.append(
                    "\(bucket): \(rules.isEmpty ? "not replicated" : "\(rules.count) replication rules")")
                for rule in rules where rule.status != "Enabled" {
                    analysis.found(
                        .setting(.aws(.bucket, bucket), "ReplicationConfiguration", .differs),
                        bucket, "replication rule \(rule.id ?? "?") is \(rule.status ?? "?")", expected: "Enabled",
                        got: rule.status ?? "?")
                }
            }
        }
        return analysis
    }
}
