import Diagnosis
import RunModel

/// A finding as an issue of a tracker.
public struct FindingIssue: Sendable {
    /// The same from run to run: environment, rule and check.
    public let fingerprint: String
    public let title: String
    public let priority: Finding.Priority
    public let isMuted: Bool
    /// Markdown.
    public let body: String
}

extension ReportSet {
    /// The findings of a run as issues, the most urgent first. Pure, as the documents are.
    public func issues(for record: RunRecord, _ assessment: Assessment) -> [FindingIssue] {
        assessment.findings.map { finding in
            var alone = assessment
            alone.findings = [finding]
            let document = Document(record: record, assessment: alone, root: "")
            return FindingIssue(
                fingerprint: finding.fingerprint(in: record.header.environment),
                title: VisibleText.line("\(finding.title) (\(record.header.environment))", limit: 200),
                priority: finding.priority,
                isMuted: record.results[finding.root]?.muted != nil,
                body: String(decoding: MarkdownReport.tidy(templates.render("issue.md", document)), as: UTF8.self))
        }
    }
}
