import Diagnosis
import Formats
import RunModel

/// Every document of a run, by its path in the bundle. Pure: the same record, baseline, changes and templates give the same bytes.
public struct ReportSet: Sendable {
    /// The page, which quotes kept evidence.
    public static let page = "reports/report.html"
    /// What changes with the evidence that is there: the page, and the list that tells its size.
    public static let quotingEvidence: Set = [page, checklist]
    private static let checklist = "reports/REVIEW_CHECKLIST.md"

    let templates: Templates

    public init(templates: Templates) { self.templates = templates }

    /// SHA-256 of the names and texts of all templates, in lower-case hexadecimal.
    public var templatesDigest: String { templates.digest }

    /// - Parameters:
    ///   - baseline: an earlier run to compare with.
    ///   - history: earlier runs of the same environment.
    ///   - changes: what was changed before the run; nil when nobody could tell.
    ///   - evidence: reads what the run kept, for the page; nil shows none.
    ///   - quoted: evidence that is a document as well, by its path there.
    /// - Throws: when a value of the record cannot be written as JSON.
    public func files(
        for record: RunRecord, baseline: RunRecord? = nil, history: RunHistory = RunHistory(),
        changes: ChangeRecord? = nil, evidence: EvidenceReader? = nil, quoting quoted: [String: [UInt8]] = [:]
    ) throws -> [String: [UInt8]] {
        let assessment = Assessment(of: record, baseline: baseline, history: history, changes: changes)
        let document = Document(record: record, assessment: assessment, root: "../")
        var files = MarkdownReport(templates: templates).files(document)
        let page = templates.page(document, evidence: evidence, changes: changes)
        files[Self.page] = Array(page.utf8)
        files["verdict.json"] = Array(try JSON.prettyData(assessment.verdict))
        files["trace.json"] = Array(try JSON.data(TraceReport(document))) + Array("\n".utf8)
        files["reports/results.json"] = Array(try JSON.prettyData(ResultsDocument(document)))
        files["reports/junit.xml"] = Array(JUnitReport(document).text.utf8)
        files["reports/results.csv"] = Array(CSVReport(document).text.utf8)
        files["reports/ctrf.json"] = Array(try JSON.prettyData(CTRFReport(document)))
        files["reports/results.sarif"] = Array(try JSON.prettyData(SARIFReport(document)))
        files["reports/gl-code-quality.json"] = Array(try JSON.prettyData(CodeQualityReport(document).entries))
        files["reports/openmetrics.txt"] = Array(OpenMetricsReport(document).text.utf8)
        files["reports/annotations.txt"] = Array(AnnotationReport(document).text.utf8)
        for finding in document.findings {
            files[finding.scriptPath] = Array(ReproductionScript(finding).text.utf8)
        }
        files.merge(quoted) { $1 }
        files[Self.checklist] = MarkdownReport(templates: templates).checklist(document, of: files)
        return files
    }
}
