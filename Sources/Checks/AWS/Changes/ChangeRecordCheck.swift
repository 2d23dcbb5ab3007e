import RunModel

/// AWS-CT-01: the change record of the window could be read. What changed is no failure; not knowing is.
struct ChangeRecordCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.changes]
    let passingNote = "the changes of the window are known; the evidence lists them"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CT-01", "The changes of the window are known",
            intent: "‘What changed?’ is the first question of every outage.",
            procedure:
                "Reads mutating events of the watched resources from CloudTrail, the trail's bucket or a directory of its files.",
            severity: .low, risk: "A failure cannot be traced to the change behind it.",
            remediation: Remediation(summary: "Allow cloudtrail:LookupEvents, or set `aws.trail` to the trail's files.")
        )
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let record = try snapshot.changes.known()
        analysis.look(at: "CloudTrail") { analysis in
            analysis.measurements.append(Metric("aws.changes", Double(record.changes.count), .count))
            analysis.remarks = record.changes.map { change in
                let refused = change.errorCode.map { " (refused: \($0))" } ?? ""
                return
                    "\(Timestamp.text(change.at)) \(change.actor) \(change.action) \(change.resources.first ?? "")\(refused)"
            }
        }
        for gap in record.gaps { analysis.unknown(gap) }
        return analysis
    }
}
