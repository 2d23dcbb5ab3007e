import CheckKit
import Formats
import RunModel

/// AWS-ECS-04: no image or setting of the running revision went back to an older value.
struct ReversionCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.taskDefinitions]
    let passingNote = "no image or value came back in the compared revisions"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-04", "No image or setting went back to an older value",
            intent: "Racing deployments put an old image back without anyone meaning it.",
            procedure:
                "Compares neighbouring revisions container by container: image, cpu, memory, environment, secrets, ports, "
                + "health check, log options, roles. Values that look secret are compared, never shown.",
            severity: .medium,
            risk: "A fix that was deployed is gone again.",
            remediation: Remediation(
                summary: "Deploy the revision that was meant, and let one deployment run at a time.",
                command: "aws ecs update-service --cluster CLUSTER --service SERVICE --task-definition FAMILY:REVISION")
        )
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (family, answer) in snapshot.taskDefinitions.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: family) { analysis in
                let revisions = try answer.known()
                let services = (try? snapshot.services.known()) ?? []
                let inUse = services.compactMap(\.taskDefinition).first { $0.contains("/\(family):") }
                let current = revisions.first { $0.taskDefinitionArn == inUse }?.revision ?? revisions.first?.revision
                for pair in zip(revisions.dropFirst(), revisions) {
                    for setting in TaskDefinitionDifference.between(pair.0, pair.1) {
                        analysis.remarks.append(
                            "\(family):\(pair.1.revision) \(setting.name): \(setting.before ?? "–") → \(setting.after ?? "–")"
                        )
                    }
                }
                for reversion in TaskDefinitionDifference.reversions(in: revisions) {
                    let text =
                        "revision \(reversion.revision) brought back \(reversion.setting) of revision \(reversion.previousRevision)"
                    analysis.remarks.append("\(family): \(text)")
                    guard reversion.revision == current else { continue }
                    analysis.found(
                        .setting(.aws(.taskDefinition, family), reversion.setting, .reverted),
                        family, text, expected: "the value of revision \(reversion.revision.clampedSum(with: -1))",
                        got: reversion.value)
                }
            }
        }
        return analysis
    }
}
