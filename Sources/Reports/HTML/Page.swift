import Diagnosis
import Formats
import RunModel

/// What the page is made from: a document, and what is worked out once for it.
struct Page {
    let document: Document
    let rows: [CheckRow]
    let areas: [AreaRow]
    let transcripts: Transcripts
    let changes: ChangeRecord?
    let style: String
    let script: String
    private let places: [CheckID: Int]

    init(
        _ document: Document, evidence: EvidenceReader?, changes: ChangeRecord?, style: String, script: String
    ) {
        self.document = document
        rows = document.rows
        areas = document.areas
        transcripts = Transcripts(of: rows, reader: evidence)
        self.changes = changes
        self.style = style
        self.script = script
        places = Dictionary(
            rows.enumerated().map { ($1.descriptor.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func row(_ check: CheckID) -> CheckRow? { places[check].map { rows[$0] } }

    /// The words for a status and the class that colours it.
    static func mark(_ status: Status?) -> (word: String, style: String) {
        status.map { ($0.rawValue, "s-" + $0.rawValue) } ?? ("not run", "s-none")
    }

    static func link(to check: CheckID) -> String { "check-" + PageText.anchor(check.rawValue) }
}

extension Templates {
    /// The page in which everything of a run can be looked at: one file, complete without scripts.
    func page(_ document: Document, evidence: EvidenceReader?, changes: ChangeRecord?) -> [UInt8] {
        render(
            Page(
                document, evidence: evidence, changes: changes, style: text("report.css"), script: text("report.js")))
    }
}
