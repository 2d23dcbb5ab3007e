import Diagnosis
import RunModel

/// The documents made from templates, each in its place and within the limits of that place.
struct MarkdownReport: Sendable {
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

    /// The documents, to be made.
    func documents(_ run: Document) -> [ReportSet.Made] {
        let top = run.at(root: "")
        var made = Self.documents.sorted { $0.value < $1.value }.map { template, path -> ReportSet.Made in
            let document = path.contains("/") ? run.at(root: "../") : top
            return (path, { contents(template, document) })
        }
        var document = run.at(root: "../../")
        for page in AreaPage.all {
            document.area = page
            made.append((page.path, { [document] in Self.tidy(templates.render("area.md", document)) }))
        }
        return made
    }

    private func contents(_ template: String, _ document: Document) -> [UInt8] {
        switch template {
        case "pr-comment.md": shortened(template, document, to: Self.commentLimit)
        case "step-summary.md": shortened(template, document, to: Self.stepSummaryLimit)
        default: Self.tidy(templates.render(template, document))
        }
    }

    /// The checklist, which says what all the other files of the bundle's documents weigh.
    func checklist(_ run: Document, of made: [String: [UInt8]]) -> [UInt8] {
        var document = run.at(root: "../")
        document.made = made.mapValues(\.count)
        return Self.tidy(templates.render("REVIEW_CHECKLIST.md", document))
    }

    /// Sheds whole sections in their order until the text fits, and lists fewer causes and names when that is not enough. The
    /// verdict, the marker and the link to the bundle are never shed.
    ///
    /// - Parameter limit: in bytes of UTF-8.
    func shortened(_ template: String, _ document: Document, to limit: Int) -> [UInt8] {
        var document = document
        var text = Self.tidy(templates.render(template, document))
        for section in Document.Section.allCases where text.count > limit {
            document.shed.insert(section)
            text = Self.tidy(templates.render(template, document))
        }
        document.maximumRows = min(document.rows.count, 4096)
        while text.count > limit, document.maximumRows > 0 {
            document.maximumRows /= 2
            text = Self.tidy(templates.render(template, document))
        }
        return text
    }

    /// One empty line between paragraphs, outside of code, and one line end at the end.
    static func tidy(_ text: [UInt8]) -> [UInt8] {
        let (newline, tick) = (UInt8(ascii: "\n"), UInt8(ascii: "`"))
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var fence: Int?
        var isAfterEmpty = true
        for line in text.split(separator: newline, omittingEmptySubsequences: false) {
            let ticks = line.prefix { $0 == tick }.count
            if let open = fence {
                if ticks == line.count, ticks >= open { fence = nil }
            } else if ticks >= 3 {
                fence = ticks
            } else if line.isEmpty, isAfterEmpty {
                continue
            }
            result += line
            result.append(newline)
            isAfterEmpty = line.isEmpty
        }
        while result.last == newline { result.removeLast() }
        return result + [newline]
    }
}
