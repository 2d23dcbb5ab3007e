import CheckKit
import Formats
import RunModel

/// AWS-STS-03: the credentials last for the run, or renew themselves.
struct CredentialExpiryCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.identity, .credentials]
    let passingNote = "the credentials outlast the run or renew themselves"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-STS-03", "The credentials outlast the run or renew themselves",
            intent: "A session copied into the environment cannot be renewed when it ends in the middle of a run.",
            category: .credentials, phase: .setup, severity: .low, risk: "AWS checks late in the run cannot tell.",
            remediation: Remediation(summary: "Use a role or a profile instead of copied session credentials."))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let facts = try snapshot.credentials.known()
        analysis.look(at: facts.source) { analysis in
            analysis.facts[.awsCredentials] = facts.source
            guard let expiration = facts.expiration else { return }
            let left = expiration.timeIntervalSince(snapshot.takenAt)
            analysis.remarks.append("\(facts.source): end \(Timestamp.text(expiration))")
            // All sources that give an end can be asked again, so only an end in the past is a fault.
            if left <= 0 {
                analysis.found(
                    .error(ForeignError(Component(.identity), .authentication)),
                    facts.source, "the credentials have ended", expected: "credentials that still hold",
                    got: Timestamp.text(expiration))
            }
        }
        return analysis
    }
}
