import Diagnosis
import Formats
import Foundation
import RunModel

/// The keys that every template may use, with their values. `templates/README.md` tells template authors the same in words.
enum DocumentFields {
    static var all: TemplateFields<Document> {
        TemplateFields { fields in
            addRun(&fields)
            addVerdict(&fields)
            addChecks(&fields)
            addFindings(&fields)
            addGraph(&fields)
            addHealth(&fields)
            addPullRequest(&fields)
            addPlatform(&fields)
            fields.flag("show_passed") { !$0.shed.contains(.passed) }
            fields.flag("show_evidence") { !$0.shed.contains(.evidence) }
            fields.flag("show_trend") { !$0.shed.contains(.trend) }
            fields.flag("show_details") { !$0.shed.contains(.details) }
            fields.flag("is_shortened") { !$0.shed.isEmpty }
        }
    }

    static var labelled: TemplateFields<Labelled> {
        TemplateFields { fields in
            fields.text("name") { $0.name }
            fields.text("value") { $0.value }
        }
    }

    private static func addRun(_ fields: inout TemplateFields<Document>) {
        fields.text("environment") { $0.header.environment }
        fields.flag("is_production") { $0.header.isProduction }
        fields.text("run_id") { $0.header.runID.rawValue }
        fields.text("started_at") { Timestamp.text($0.header.startedAt) }
        fields.text("ended_at") { Timestamp.text($0.record.lastActivity) }
        fields.text("duration") { Self.length(from: $0.header.startedAt, to: $0.record.lastActivity) }
        fields.text("build") { $0.header.build }
        fields.text("vantage") { $0.header.vantage }
        fields.optionalText("profile") { $0.record.fact(.profile) }
        fields.list("target", labelled) { Labelled.sorted($0.header.target) }
        fields.list("change", labelled) { Labelled.sorted($0.header.change) }
        fields.list("options", labelled) { Labelled.sorted($0.header.options) }
        fields.text("resumes") { String($0.record.resumes.count) }
        fields.flag("was_resumed") { !$0.record.resumes.isEmpty }
        fields.prepared("root") { $0.root }
        fields.prepared("bundle_name") { MarkdownText.code($0.bundleName) }
        fields.prepared("bundle_file") { $0.bundleName.filter { !"`\n\r".contains($0) } }
        // By it a pipeline finds its earlier comment, one for each environment.
        fields.prepared("marker") { "<!-- plumbline:\(Digest.sha256Hex(of: $0.header.environment).prefix(12)) -->" }
        fields.list("owners", labelled) { document in
            document.areasOfFindings.map { Labelled(name: $0, value: OwnerText.details(of: $0, document.header)) }
        }
        fields.text("undone") { document in
            let faults = document.rows.reduce(0) { $0 + ($1.result?.faults?.count ?? 0) }
            return document.record.openUndos.isEmpty
                ? "nothing is left to undo; \(Figure.count(faults, "moment")) of faults and recoveries are in the evidence index"
                : "\(Figure.count(document.record.openUndos.count, "thing")) left to undo"
        }
        fields.list("phases", phase) { document in
            document.header.phases.map { phase in
                PhaseRow(phase: phase, record: document.record.phases.first { $0.phase == phase })
            }
        }
        fields.list("missing_phases", phase) { $0.missingPhases.map { PhaseRow(phase: $0, record: nil) } }
        fields.optionalText("interruption") { document in document.record.interruption.map(Self.words) }
        fields.list("open_undos", labelled) { $0.record.openUndos.map { Labelled(name: $0, value: $0) } }
    }

    static func words(_ interruption: Interruption) -> String {
        switch interruption {
        case .terminated: "the run was stopped by SIGTERM"
        case .interrupted: "the run was stopped by SIGINT"
        case .safety: "the run was stopped by a safety condition, and everything was undone"
        case .deadline: "the run's own deadline passed"
        }
    }

    private struct PhaseRow {
        let phase: Phase
        let record: PhaseRecord?
    }

    private static var phase: TemplateFields<PhaseRow> {
        TemplateFields { fields in
            fields.text("phase") { String($0.phase.rawValue) }
            fields.text("title") { $0.phase.title }
            fields.text("status") { row in
                guard let record = row.record else { return "not begun" }
                // The documents are written in the last two phases and cannot know their end.
                if row.phase > .validation { return "this document is part of it" }
                return record.finishedAt == nil ? "not finished" : "finished"
            }
            fields.text("took") { row in
                guard let record = row.record, let end = record.finishedAt, row.phase <= .validation else { return "–" }
                return Self.length(from: record.startedAt, to: end)
            }
        }
    }

    /// To the millisecond, which is how exactly the journal keeps moments.
    private static func length(from start: Date, to end: Date) -> String {
        Duration.milliseconds(Int64(clamping: (end.timeIntervalSince(start) * 1000).rounded())).readable
    }

    private static func addVerdict(_ fields: inout TemplateFields<Document>) {
        fields.text("verdict") { $0.verdict.word.rawValue.uppercased() }
        fields.text("verdict_meaning") { Self.meaning($0.verdict) }
        fields.text("exit_code") { String($0.verdict.exitCode) }
        fields.text("why") { $0.assessment.why }
        fields.list("reasons", labelled) { $0.verdict.reasons.map { Labelled(name: $0, value: $0) } }
        fields.text("coverage") { Figure.share($0.verdict.coverage) }
        fields.text("planned_count") { String($0.rows.count) }
        fields.text("not_selected_count") { String($0.notSelected) }
        fields.flag("has_not_selected") { $0.notSelected > 0 }
        fields.list("counts", labelled) { document in
            counts(of: document).map { Labelled(name: $0.name, value: String($0.count)) }
        }
        fields.optionalPrepared("status_chart") { document in
            let chart = MermaidChart.pie("Checks by status", counts(of: document))
            return chart.isEmpty ? nil : chart
        }
    }

    /// How many checks ended in each status, those that nobody began included; none that is zero.
    private static func counts(of document: Document) -> [(name: String, count: Int)] {
        let counted = Status.allCases.map { status in
            (name: status.rawValue, count: document.rows.count { $0.result?.status == status })
        }
        return (counted + [(name: "not run", count: document.rows.count { $0.result == nil })]).filter { $0.count > 0 }
    }

    static func meaning(_ verdict: Verdict) -> String {
        switch verdict.word {
        case .pass: "the gate is open"
        case .warnings: verdict.exitCode == 0 ? "the gate is open, with warnings" : "warnings close the gate here"
        case .fail: "the gate is closed"
        case .inconclusive: "nothing can be said; the gate is closed"
        case .stopped: "stopped for safety; the gate is closed"
        case .undoIncomplete: "a human is needed now"
        case .interrupted: "stopped before the end; the gate is closed"
        }
    }
}
