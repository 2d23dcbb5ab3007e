import Formats
import RunModel

extension PageFields {
    /// A check with the beginnings of its evidence.
    private struct Shown {
        let row: CheckRow
        let transcripts: Transcripts

        var mismatch: Mismatch? {
            if case .failed(let mismatch)? = row.result?.outcome { mismatch } else { nil }
        }
    }

    private struct Area {
        let row: AreaRow
        let checks: [Shown]
    }

    static func addChecks(_ fields: inout TemplateFields<Page>) {
        fields.list("areas", area) { page in
            page.areas.map { area in
                let wrong = area.rows.filter { !$0.isWorking }
                return Area(
                    row: area,
                    checks: (wrong + area.rows.filter(\.isWorking)).map {
                        Shown(row: $0, transcripts: page.transcripts)
                    })
            }
        }
    }

    private static var area: TemplateFields<Area> {
        TemplateFields { fields in
            fields.text("title") { $0.row.category.title }
            fields.prepared("area") { $0.row.category.rawValue }
            fields.text("status") { $0.row.status }
            fields.text("working") { String($0.row.count(.passed, .flaky)) }
            fields.text("total") { Figure.count($0.row.rows.count, "check") }
            fields.flag("has_many") { $0.checks.count > 40 }
            fields.list("checks", check) { $0.checks }
        }
    }

    private static var check: TemplateFields<Shown> {
        TemplateFields { fields in
            addHead(&fields)
            addOutcome(&fields)
            addProof(&fields)
        }
    }

    private static func addHead(_ fields: inout TemplateFields<Shown>) {
        fields.text("id") { $0.row.descriptor.id.rawValue }
        fields.prepared("anchor") { Page.link(to: $0.row.descriptor.id) }
        fields.text("title") { $0.row.descriptor.title }
        fields.text("status") { $0.row.status }
        fields.prepared("status_style") { Page.mark($0.row.result?.status).style }
        // What was blocked or skipped took no time.
        fields.text("took") { shown in
            shown.row.result.flatMap { $0.duration == .zero ? nil : $0.duration.readable } ?? "–"
        }
        fields.flag("is_critical") { $0.row.descriptor.isCritical }
        fields.text("severity") { $0.row.descriptor.severity.rawValue }
        fields.optionalText("at") { $0.row.result.map { Timestamp.text($0.startedAt) } }
        fields.optionalText("intent") { $0.row.descriptor.intent }
        fields.optionalText("original") { shown in
            shown.row.descriptor.original.map { "\($0.className).\($0.function)" }
        }
    }

    private static func addOutcome(_ fields: inout TemplateFields<Shown>) {
        fields.text("message") { $0.row.message }
        fields.flag("is_model") { $0.row.result?.subject == .model }
        fields.flag("is_mismatch") { $0.mismatch != nil }
        fields.prepared("expected") { PageText.block($0.mismatch?.expected ?? "") }
        fields.prepared("got") { PageText.block($0.mismatch?.got ?? "") }
        fields.list("attempts", attempt) { $0.row.result?.earlierAttempts ?? [] }
        fields.list("depends_on", dependency) { $0.row.descriptor.dependsOn }
        fields.list("path", edge) { $0.row.isWorking ? [] : walk($0.row.result?.path) }
        fields.optionalPrepared("reproduction") { shown in
            shown.row.isWorking ? nil : shown.row.result?.reproduction.map { PageText.block($0) }
        }
    }

    private static func addProof(_ fields: inout TemplateFields<Shown>) {
        fields.list("measurements", measurement) { Array(($0.row.result?.measurements ?? []).prefix(60)) }
        fields.list("facts", DocumentFields.labelled) { shown in
            (shown.row.result?.facts ?? [:]).sorted { $0.key < $1.key }.prefix(40).map {
                Labelled(name: $0.key.rawValue, value: $0.value)
            }
        }
        fields.list("evidence", evidence) { shown in
            (shown.row.result?.evidence ?? []).map { Piece(reference: $0, shown: shown) }
        }
    }

    private static var attempt: TemplateFields<Attempt> {
        TemplateFields { fields in
            fields.text("attempt_status") { $0.outcome.status.rawValue }
            fields.text("attempt_message") { $0.outcome.message }
            fields.text("attempt_took") { $0.duration.readable }
        }
    }

    private static var dependency: TemplateFields<CheckID> {
        TemplateFields { fields in
            fields.text("dependency") { $0.rawValue }
            fields.prepared("dependency_anchor") { Page.link(to: $0) }
        }
    }

    private static var measurement: TemplateFields<Metric> {
        TemplateFields { fields in
            fields.text("name") { $0.name }
            fields.optionalText("labels") { metric in
                let labels = metric.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                return labels.isEmpty ? nil : labels.joined(separator: ", ")
            }
            fields.text("value") { Figure.measured($0) }
        }
    }

    private struct Piece {
        let reference: EvidenceReference
        let shown: Shown
    }

    private static var evidence: TemplateFields<Piece> {
        TemplateFields { fields in
            fields.text("evidence_title") { $0.reference.title }
            fields.text("size") { Figure.bytes($0.reference.size) }
            fields.prepared("file") { DocumentFields.evidenceLink($0.reference, root: $0.shown.row.root) }
            fields.optionalPrepared("transcript") { $0.shown.transcripts[$0.reference] }
        }
    }
}
