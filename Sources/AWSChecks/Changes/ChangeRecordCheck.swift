import CheckKit
import Formats
import RunModel

/// AWS-CT-01: the change record of the window could be read. What changed is no failure; not knowing is.
struct ChangeRecordCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.changes, .declaredChanges] + PlatformResources.items
    let passingNote = "the changes of the window are known; the evidence lists them"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CT-01", "The changes of the window are known",
            intent: "‘What changed?’ is the first question of every outage.",
            procedure:
                "Reads mutating events of the watched resources from CloudTrail, the trail's bucket or a directory of its files, "
                + "and what a Terraform plan and a range of commits declare.",
            severity: .low, risk: "A failure cannot be traced to the change behind it.",
            remediation: Remediation(
                summary: "Allow cloudtrail:LookupEvents, or set `aws.changes.trail` to the trail's files.")
        )
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        guard let record = snapshot.changeRecord(expectations) else {
            throw Stop.inconclusive(
                .obstacle(.notCollected, of: Component(.aws)), "the snapshot lacks the answer this check reads")
        }
        analysis.look(at: "change record") { analysis in
            for (origin, changes) in Dictionary(grouping: record.changes, by: \.origin) {
                analysis.measurements.append(
                    Metric("aws.changes", Double(changes.count), .count, labels: ["origin": origin.rawValue]))
            }
            analysis.remarks = record.changes.map(\.line)
        }
        for error in snapshot.errors(of: PlatformResources.items) {
            analysis.unknown(.aws(error), "whose changes these are: " + error.inconclusiveReason)
        }
        for gap in record.gaps { analysis.unknown(.obstacle(.notCollected, of: Component(.aws)), gap) }
        return analysis
    }
}

extension Change {
    /// The change on one line.
    fileprivate var line: String {
        let refused = errorCode.map { " (refused: \($0))" } ?? ""
        let values = Set(before.keys).union(after.keys).sorted().prefix(5).map { name in
            "\(name): \(before[name] ?? "?") → \(after[name] ?? "–")"
        }
        let differences = values.isEmpty ? "" : " [" + values.joined(separator: ", ") + "]"
        return
            "\(Timestamp.text(at)) \(origin.rawValue) \(actor): \(action) \(resources.first ?? "")\(refused)\(differences)"
    }
}
