import Diagnosis
import Formats
import RunModel

extension DocumentFields {
    static var check: TemplateFields<CheckRow> {
        TemplateFields { fields in
            fields.text("id") { $0.descriptor.id.rawValue }
            fields.text("title") { $0.title }
            fields.text("area") { $0.descriptor.category.title }
            fields.text("severity") { $0.descriptor.severity.rawValue }
            fields.flag("is_critical") { $0.descriptor.isCritical }
            fields.text("status") { $0.status }
            fields.text("message") { $0.message }
            fields.text("took") { $0.result?.duration.readable ?? "–" }
            fields.text("at") { $0.result.map { Timestamp.text($0.startedAt) } ?? "–" }
            fields.optionalText("caution") { $0.caution }
            fields.text("procedure") { $0.descriptor.procedure.isEmpty ? $0.title : $0.descriptor.procedure }
            fields.text("expected") { Self.mismatch($0)?.expected ?? "" }
            fields.text("got") { Self.mismatch($0)?.got ?? $0.message }
            fields.text("original") { row in
                row.descriptor.original.map { "\($0.className).\($0.function)" } ?? ""
            }
            fields.list("entries", entry) { EvidenceEntry.all(of: $0) }
            fields.flag("is_flaky") { $0.result?.status == .flaky }
            fields.flag("is_model") { $0.result?.subject == .model }
            fields.list("attempts", attempt) { $0.result?.earlierAttempts ?? [] }
            fields.list("evidence", evidence) { row in
                (row.result?.evidence ?? []).map { EvidenceRow(reference: $0, root: row.root) }
            }
            fields.optionalPrepared("reproduction") { row in
                row.result?.reproduction.map { MarkdownText.block($0, language: "sh") }
            }
        }
    }

    private static func mismatch(_ row: CheckRow) -> Mismatch? {
        if case .failed(let mismatch)? = row.result?.outcome { mismatch } else { nil }
    }

    private static var entry: TemplateFields<EvidenceEntry> {
        TemplateFields { fields in
            fields.text("at") { $0.at.map(Timestamp.text) ?? "–" }
            fields.text("what") { $0.what }
            fields.text("status") { $0.status }
            fields.text("took") { $0.took }
            fields.flag("is_file") { $0.reference != nil }
            fields.text("size") { $0.reference.map { Figure.bytes($0.size) } ?? "" }
            fields.prepared("link") { entry in
                entry.reference.map { evidenceLink($0, root: entry.root) } ?? "#"
            }
        }
    }

    private static var attempt: TemplateFields<Attempt> {
        TemplateFields { fields in
            fields.text("status") { $0.outcome.status.rawValue }
            fields.text("message") { $0.outcome.message }
        }
    }

    private struct EvidenceRow {
        let reference: EvidenceReference
        let root: String
    }

    private static var evidence: TemplateFields<EvidenceRow> {
        TemplateFields { fields in
            fields.text("title") { $0.reference.title }
            fields.text("size") { Figure.bytes($0.reference.size) }
            fields.prepared("path") { MarkdownText.code($0.reference.path) }
            fields.prepared("link") { evidenceLink($0.reference, root: $0.root) }
        }
    }

    /// Digest and ending are ours, but a journal comes from a file: nothing but plain characters makes a link.
    static func evidenceLink(_ reference: EvidenceReference, root: String) -> String {
        let path = reference.path
        let isPlain = path.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        return isPlain && !path.contains("..") ? root + path : "#"
    }

    static func addChecks(_ fields: inout TemplateFields<Document>) {
        fields.list("working", area) { document in
            document.areas.compactMap { area in
                let working = area.rows.filter(\.isWorking)
                return working.isEmpty ? nil : AreaRow(category: area.category, rows: working, part: area.part)
            }
        }
        fields.text("working_count") { document in Figure.count(document.rows.count(where: \.isWorking), "check") }
        fields.list("failing", check) { $0.rows.filter(\.isFailing) }
        fields.text("failing_count") { document in Figure.count(document.rows.count(where: \.isFailing), "check") }
        fields.list("blocked", check) { $0.rows.filter { $0.result?.status == .blocked } }
        fields.list("skipped", check) { $0.rows.filter { $0.result?.status == .skipped } }
        fields.list("not_reached", check) { $0.rows.filter { $0.result == nil } }
        fields.list("flaky", check) { $0.rows.filter { $0.result?.status == .flaky } }
        fields.list("muted", muted) { $0.rows.filter { $0.result?.muted != nil } }
        fields.list("areas", area) { $0.areas }
        fields.list("doubts", doubt) { document in
            document.assessment.doubts.map { DoubtRow(doubt: $0, document: document) }
        }
        fields.list("checks", check) { $0.rows }
        fields.list("cautions", check) { $0.rows.filter { $0.isWorking && $0.caution != nil } }
        fields.list("original_tests", check) { $0.rows.filter { $0.descriptor.original != nil } }
        fields.list("original_missing", check) { $0.rows.filter { $0.descriptor.original != nil && !$0.hasRun } }
        fields.text("original_count") { document in
            String(document.rows.count { $0.descriptor.original != nil })
        }
        fields.text("original_ran") { document in
            String(document.rows.count { $0.descriptor.original != nil && $0.hasRun })
        }
        fields.list("suites", suite) { SuiteRow.all(in: $0) }
        fields.optionalText("suite_coverage") { $0.tables.suiteCoverage }
        fields.list("evidenced", check) { $0.rows.filter { $0.result?.evidence.isEmpty == false } }
        fields.text("evidence_count") { document in
            Figure.count(document.rows.reduce(0) { $0 + ($1.result?.evidence.count ?? 0) }, "piece")
        }
        fields.object("this_area", areaPage) { document in
            document.area.map { AreaDocument(page: $0, document: document) }
        }
        fields.list("area_pages", areaLink) { document in
            AreaPage.all.map { AreaDocument(page: $0, document: document) }
        }
        fields.list("made", labelled) { document in
            document.made.sorted { $0.key < $1.key }.map {
                Labelled(name: $0.key, value: Figure.bytes($0.value))
            }
        }
    }

    private struct AreaDocument {
        let page: AreaPage
        let document: Document
        var rows: [CheckRow] { page.rows(of: document) }
    }

    private static var suite: TemplateFields<SuiteRow> {
        TemplateFields { fields in
            fields.text("name") { $0.name }
            fields.text("status") { $0.status }
            fields.text("counts") { $0.counts }
            fields.text("took") { $0.took }
        }
    }

    private static var areaLink: TemplateFields<AreaDocument> {
        TemplateFields { fields in
            fields.text("title") { $0.page.title }
            fields.prepared("link") { $0.document.root + $0.page.path }
            fields.text("status") { $0.page.status(in: $0.document) }
        }
    }

    private static var areaPage: TemplateFields<AreaDocument> {
        TemplateFields { fields in
            fields.text("title") { $0.page.title }
            fields.text("status") { $0.page.status(in: $0.document) }
            fields.text("total") { Figure.count($0.rows.count, "check") }
            fields.text("passed") { String($0.rows.count(where: \.isWorking)) }
            fields.text("failed") { String($0.rows.count(where: \.isFailing)) }
            fields.text("unknown") { area in
                String(area.rows.count { !$0.isWorking && !$0.isFailing && $0.result?.status != .skipped })
            }
            fields.text("skipped") { area in String(area.rows.count { $0.result?.status == .skipped }) }
            fields.list("tried", check) { $0.rows }
            fields.list("holds", check) { $0.rows.filter(\.isWorking) }
            fields.list("fails", check) { $0.rows.filter(\.isFailing) }
            fields.list("silent", check) { area in area.rows.filter { !$0.isWorking && !$0.isFailing } }
            fields.list("issues", finding) { area in area.document.findings.filter(area.page.isSeen) }
            fields.list("loads", latency) { area in
                let ids = Set(area.rows.map(\.descriptor.id))
                return area.document.tables.latencies.filter { ids.contains($0.check) }
            }
            fields.list("figures", figure) { area in
                FigureRow.all(in: area.rows.compactMap(\.result))
            }
        }
    }

    private static var area: TemplateFields<AreaRow> {
        TemplateFields { fields in
            fields.text("title") { $0.category.title }
            fields.text("status") { $0.status }
            fields.text("total") { String($0.rows.count) }
            fields.text("passed") { String($0.count(.passed, .flaky)) }
            fields.text("failed") { String($0.count(.failed, .timeout)) }
            fields.text("errors") { String($0.count(.error)) }
            fields.text("unknown") { row in
                String(row.count(.inconclusive, .blocked) + row.rows.count { $0.result == nil })
            }
            fields.text("skipped") { String($0.count(.skipped)) }
            fields.text("score") { Figure.score($0.part?.score) }
            fields.text("coverage") { $0.part.map { Figure.share($0.coverage) } ?? "–" }
            fields.list("checks", check) { $0.rows }
        }
    }

    private static var muted: TemplateFields<CheckRow> {
        TemplateFields { fields in
            fields.text("id") { $0.descriptor.id.rawValue }
            fields.text("status") { $0.status }
            fields.text("owner") { $0.result?.muted?.owner ?? "" }
            fields.text("reason") { $0.result?.muted?.reason ?? "" }
            fields.text("expires") { $0.result?.muted?.expires ?? "" }
        }
    }

    private struct DoubtRow {
        let doubt: Doubt
        let document: Document
    }

    private static var doubt: TemplateFields<DoubtRow> {
        TemplateFields { fields in
            fields.text("id") { $0.doubt.check.rawValue }
            fields.text("title") { $0.document.rows([$0.doubt.check]).first?.title ?? "not part of this run" }
            fields.text("reason") { $0.doubt.reason }
            fields.list("consequences", check) { $0.document.rows($0.doubt.consequences) }
        }
    }
}
