import Diagnosis
import RunModel

/// The documents made from templates, each in its place and within the limits of that place.
struct MarkdownReport {
    let templates: Templates

    private static let documents = [
        "SUMMARY.md": "SUMMARY.md",
        "COMPREHENSIVE_HEALTH_REPORT.md": "reports/COMPREHENSIVE_HEALTH_REPORT.md",
        "working_components.md": "reports/working_components.md",
        "failing_components.md": "reports/failing_components.md",
        "RECOMMENDATIONS.md": "reports/RECOMMENDATIONS.md",
        "INFRASTRUCTURE_TEAM_HANDOFF.md": "reports/INFRASTRUCTURE_TEAM_HANDOFF.md",
        "ORIGINAL_TESTS.md": "reports/ORIGINAL_TESTS.md",
        "EVIDENCE_INDEX.md": "reports/EVIDENCE_INDEX.md",
        "pr-comment.md": "reports/pr-comment.md",
        "step-summary.md": "reports/step-summary.md",
    ]

    /// What GitHub takes as a comment is 65,536 characters; in bytes of UTF-8, with room to spare.
    static let commentLimit = 60_000
    /// What GitHub takes as a step's summary is 1 MiB; in bytes of UTF-8, with room to spare.
    static let stepSummaryLimit = 900_000

    func files(_ run: Document) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for (template, path) in Self.documents {
            let document = run.at(root: path.contains("/") ? "../" : "")
            let text =
                switch template {
                case "pr-comment.md": shortened(template, document, to: Self.commentLimit)
                case "step-summary.md": shortened(template, document, to: Self.stepSummaryLimit)
                default: Self.tidy(templates.render(template, document))
                }
            files[path] = Array(text.utf8)
        }
        var document = run.at(root: "../../")
        for page in AreaPage.all {
            document.area = page
            files[page.path] = Array(Self.tidy(templates.render("area.md", document)).utf8)
        }
        return files
    }

    /// The checklist, which says what all the other files of the bundle's documents weigh.
    func checklist(_ run: Document, of made: [String: [UInt8]]) -> [UInt8] {
        var document = run.at(root: "../")
        document.made = made.mapValues(\.count)
        return Array(Self.tidy(templates.render("REVIEW_CHECKLIST.md", document)).utf8)
    }

    /// Sheds whole sections in their order until the text fits, and lists fewer causes and names when that is not enough. The
    /// verdict, the marker and the link to the bundle are never shed.
    ///
    /// - Parameter limit: in bytes of UTF-8.
    func shortened(_ template: String, _ document: Document, to limit: Int) -> String {
        var document = document
        var text = Self.tidy(templates.render(template, document))
        for section in Document.Section.allCases where text.utf8.count > limit {
            document.shed.insert(section)
            text = Self.tidy(templates.render(template, document))
        }
        document.maximumRows = min(document.rows.count, 4096)
        while text.utf8.count > limit, document.maximumRows > 0 {
            document.maximumRows /= 2
            text = Self.tidy(templates.render(template, document))
        }
        return text
    }

    /// One empty line between paragraphs, outside of code, and one line end at the end.
    static func tidy(_ text: String) -> String {
        var lines: [Substring] = []
        var fence: Substring?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let ticks = line.prefix { $0 == "`" }
            if let open = fence {
                if ticks == line, ticks.count >= open.count { fence = nil }
            } else if ticks.count >= 3 {
                fence = ticks
            } else if line.isEmpty, lines.last?.isEmpty ?? true {
                continue
            }
            lines.append(line)
        }
        while lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }
}
