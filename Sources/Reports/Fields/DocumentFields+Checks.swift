import Diagnosis
import Formats
import RunModel

extension DocumentFields {
    static var check: TemplateFields<CheckRow> {
        TemplateFields { fields in
            fields.text("id") { $0.descriptor.id.rawValue }
            fields.text("title") { $0.descriptor.title }
            fields.text("area") { $0.descriptor.category.title }
            fields.text("severity") { $0.descriptor.severity.rawValue }
            fields.flag("is_critical") { $0.descriptor.isCritical }
            fields.text("status") { $0.status }
            fields.text("message") { $0.message }
            fields.text("took") { $0.result?.duration.readable ?? "–" }
            fields.text("at") { $0.result.map { Timestamp.text($0.startedAt) } ?? "–" }
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
            fields.text("size") { Figure.count($0.reference.size, "byte") }
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
            fields.text("title") { $0.document.descriptors[$0.doubt.check]?.title ?? "not part of this run" }
            fields.text("reason") { $0.doubt.reason }
            fields.list("consequences", check) { $0.document.rows($0.doubt.consequences) }
        }
    }
}
