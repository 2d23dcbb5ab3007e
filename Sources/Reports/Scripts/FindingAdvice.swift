import Diagnosis
import RunModel

/// What a finding advises to run, as documents print it.
public struct FindingAdvice: Sendable {
    /// One line that succeeds when the fault is gone and fails while it is there.
    public let verify: String
    /// Where the script lies in the bundle that says the same with an exit code.
    public let script: String
    /// The fix, with the names that the run knows.
    public let fix: String?

    /// Of each finding of a run, in their order.
    public static func all(_ record: RunRecord, _ assessment: Assessment) -> [FindingAdvice] {
        Document(record: record, assessment: assessment, root: "").findings.map { row in
            FindingAdvice(
                verify: row.verification.line, script: row.scriptPath,
                fix: row.finding.remediation.command.map(row.named))
        }
    }
}

extension Path.Edge {
    /// What the first component does with the second, as documents say it.
    public var words: String {
        "\(DocumentFields.words(from)) \(DocumentFields.words(relation)) \(to.nameInSentence)"
    }
}
