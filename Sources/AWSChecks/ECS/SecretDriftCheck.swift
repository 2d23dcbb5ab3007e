import CheckKit
import RunModel

/// AWS-ECS-05: the running revision has lost no secret and no variable of the one before.
struct SecretDriftCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.taskDefinitions]
    let passingNote = "the running revisions have lost no secret and show none in clear"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-05", "No secret was lost or moved into the clear between revisions",
            intent:
                "A secret that is missing in the running revision stops the start-up; one in the environment can be read by anyone.",
            severity: .high, risk: "The service aborts at its next start, or the secret is visible in the console.",
            remediation: Remediation(summary: "Put the secret back into the container's `secrets`, and deploy."))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (family, answer) in snapshot.taskDefinitions.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: family) { analysis in
                let revisions = try answer.known()
                guard let current = revisions.first else { return }
                for container in current.containerDefinitions {
                    let secrets = Set(container.secrets.map(\.name))
                    for variable in container.environment where variable.value?.hasPrefix("‹hidden:") == true {
                        analysis.found(
                            .setting(.aws(.taskDefinition, family), variable.name, .exposed),
                            "\(family):\(current.revision)", "\(container.name) carries \(variable.name) in clear",
                            expected: "a reference in `secrets`", got: "a value in `environment`")
                    }
                    let earlier = revisions.dropFirst().first?.containerDefinitions.first { $0.name == container.name }
                    for lost in Set(earlier?.secrets.map(\.name) ?? []).subtracting(secrets).sorted() {
                        let moved = container.environment.contains { $0.name == lost }
                        guard !moved else { continue }
                        analysis.found(
                            .setting(.aws(.taskDefinition, family), lost, .missing),
                            "\(family):\(current.revision)", "\(container.name) has lost the secret \(lost)",
                            expected: "\(lost) as in the revision before", got: "no secret of that name")
                    }
                }
            }
        }
        return analysis
    }
}
