import Diagnosis

/// GitHub's workflow commands for findings and doubts, worst first: a pipeline prints the file and they show on the change.
struct AnnotationReport {
    let document: Document

    /// GitHub shows so many of each level and step, and drops the others.
    static let maximumOfLevel = 10

    init(_ document: Document) { self.document = document }

    var text: String {
        let findings = document.findings.enumerated()
            .sorted { ($0.element.finding.priority, $0.offset) < ($1.element.finding.priority, $1.offset) }
            .map { _, row in
                let finding = row.finding
                let level = finding.priority == .p0 ? "error" : finding.priority == .p3 ? "notice" : "warning"
                let command = Self.command(
                    level, title: "\(finding.priority.rawValue) \(finding.title) (\(finding.root))",
                    "\(finding.cause) Verify: bash \(row.scriptPath)")
                return (level: level, text: command)
            }
        let doubts = document.assessment.doubts.map { doubt in
            let command = Self.command("notice", title: "\(doubt.check) could not tell", doubt.reason)
            return (level: "notice", text: command)
        }
        var counts: [String: Int] = [:]
        return (findings + doubts).filter { entry in
            counts[entry.level, default: 0] += 1
            return counts[entry.level, default: 0] <= Self.maximumOfLevel
        }.map(\.text).joined()
    }

    private static func command(_ level: String, title: String, _ message: String) -> String {
        let title = escaped(VisibleText.line(title, limit: 200)).replacing(":", with: "%3A").replacing(",", with: "%2C")
        return "::\(level) title=\(title)::\(escaped(VisibleText.line(message, limit: 1000)))\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }
}
