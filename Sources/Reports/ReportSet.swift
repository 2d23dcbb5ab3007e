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

    /// A file by its path in the bundle, to be made.
    typealias Made = (path: String, bytes: @Sendable () throws -> [UInt8])

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
        let (templates, markdown) = (templates, MarkdownReport(templates: templates))
        // The longest first, so that none is left alone at the end.
        var made: [Made] = [
            (Self.page, { templates.page(document, evidence: evidence, changes: changes) }),
            ("reports/results.json", { try JSON.prettyBytes(ResultsDocument(document)) }),
            ("trace.json", { try JSON.bytes(TraceReport(document)) + [UInt8(ascii: "\n")] }),
            ("reports/openmetrics.txt", { Array(OpenMetricsReport(document).text.utf8) }),
            ("reports/ctrf.json", { try JSON.prettyBytes(CTRFReport(document)) }),
            ("reports/results.csv", { Array(CSVReport(document).text.utf8) }),
            ("reports/junit.xml", { Array(JUnitReport(document).text.utf8) }),
            ("reports/results.sarif", { try JSON.prettyBytes(SARIFReport(document)) }),
            ("reports/gl-code-quality.json", { try JSON.prettyBytes(CodeQualityReport(document).entries) }),
            ("reports/annotations.txt", { Array(AnnotationReport(document).text.utf8) }),
            ("verdict.json", { try JSON.prettyBytes(assessment.verdict) }),
        ]
        made += markdown.documents(document)
        made += document.findings.map { finding in
            (finding.scriptPath, { Array(ReproductionScript(finding).text.utf8) })
        }
        let contents = try made.map(\.bytes).concurrentMap { try $0() }
        var files = Dictionary(zip(made.map(\.path), contents)) { _, later in later }
        files.merge(quoted) { $1 }
        files[Self.checklist] = markdown.checklist(document, of: files)
        return files
    }
}
