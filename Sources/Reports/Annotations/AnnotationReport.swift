import Diagnosis

/// GitHub's workflow commands, one for each finding and doubt: a pipeline prints the file and they show on the change.
struct AnnotationReport {
    let document: Document

    init(_ document: Document) { self.document = document }

    var text: String {
        let findings = document.assessment.findings.map { finding in
            let level = finding.priority == .p0 ? "error" : finding.priority == .p3 ? "notice" : "warning"
            return Self.command(
                level, title: "\(finding.priority.rawValue) \(finding.title) (\(finding.root))",
                "\(finding.cause) Verify: \(finding.verification)")
        }
        let doubts = document.assessment.doubts.map { doubt in
            Self.command("notice", title: "\(doubt.check) could not tell", doubt.reason)
        }
        return (findings + doubts).joined()
    }

    private static func command(_ level: String, title: String, _ message: String) -> String {
        let title = escaped(VisibleText.line(title, limit: 200)).replacing(":", with: "%3A").replacing(",", with: "%2C")
        return "::\(level) title=\(title)::\(escaped(VisibleText.line(message, limit: 1000)))\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }
}
