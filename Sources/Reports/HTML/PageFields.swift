import Diagnosis
import Formats
import RunModel

/// The keys that `templates/report.html` may use, with their values.
enum PageFields {
    static var all: TemplateFields<Page> {
        TemplateFields { fields in
            addRun(&fields)
            addVerdict(&fields)
            addCauses(&fields)
            addGraph(&fields)
            addMatrix(&fields)
            addPictures(&fields)
            addChecks(&fields)
        }
    }

    private static func addRun(_ fields: inout TemplateFields<Page>) {
        fields.prepared("style") { $0.style }
        fields.prepared("script") { $0.script }
        fields.prepared("style_hash") { SourceHash.of($0.style) }
        fields.prepared("script_hash") { SourceHash.of($0.script) }
        fields.text("environment") { $0.document.header.environment }
        fields.flag("is_production") { $0.document.header.isProduction }
        fields.text("run_id") { $0.document.header.runID.rawValue }
        fields.text("started_at") { Timestamp.text($0.document.header.startedAt) }
        fields.text("duration") { page in
            page.document.record.lastActivity.duration(since: page.document.header.startedAt).readable
        }
        fields.text("build") { $0.document.header.build }
        fields.text("vantage") { $0.document.header.vantage }
        fields.optionalText("profile") { $0.document.record.fact(.profile) }
        fields.list("target", DocumentFields.labelled) { Labelled.sorted($0.document.header.target) }
        fields.list("change", DocumentFields.labelled) { Labelled.sorted($0.document.header.change) }
        fields.list("options", DocumentFields.labelled) { Labelled.sorted($0.document.header.options) }
        fields.list("missing_phases", DocumentFields.labelled) { page in
            page.document.missingPhases.map { Labelled(name: $0.title, value: $0.title) }
        }
        fields.optionalText("interruption") { $0.document.record.interruption.map(DocumentFields.words) }
        fields.list("open_undos", DocumentFields.labelled) { page in
            page.document.record.openUndos.map { Labelled(name: $0, value: $0) }
        }
    }

    private static func addVerdict(_ fields: inout TemplateFields<Page>) {
        fields.text("verdict") { $0.document.verdict.word.rawValue }
        fields.prepared("verdict_style") { page in
            switch page.document.verdict.word {
            case .pass: "v-pass"
            case .warnings: "v-warnings"
            case .fail, .stopped, .undoIncomplete: "v-fail"
            case .inconclusive, .interrupted: "v-unknown"
            }
        }
        fields.text("exit_code") { String($0.document.verdict.exitCode) }
        fields.text("verdict_meaning") { DocumentFields.meaning($0.document.verdict) }
        fields.text("why") { $0.document.assessment.why }
        fields.list("reasons", DocumentFields.labelled) { page in
            page.document.verdict.reasons.prefix(200).map { Labelled(name: $0, value: $0) }
        }
        fields.text("coverage") { Figure.share($0.document.verdict.coverage) }
        fields.text("planned_count") { Figure.count($0.rows.count, "check") }
        fields.list("counts", count) { StatusCount.all(in: $0.rows) }
        fields.object("trend", trend) { page in
            page.document.assessment.trend.map { TrendLine(trend: $0, page: page) }
        }
    }

    /// How many checks ended in one way.
    struct StatusCount {
        let status: Status?
        let count: Int
        let share: Double
        /// The shares of those before it.
        let offset: Double

        static func all(in rows: [CheckRow]) -> [StatusCount] {
            let order: [Status?] = [
                .failed, .timeout, .error, .inconclusive, .blocked, .flaky, .passed, .skipped, nil,
            ]
            var counts: [Status?: Int] = [:]
            for row in rows { counts[row.result?.status, default: 0] += 1 }
            var offset = 0.0
            return order.compactMap { status in
                guard let count = counts[status], count > 0 else { return nil }
                defer { offset += Double(count) / Double(rows.count) }
                return StatusCount(
                    status: status, count: count, share: Double(count) / Double(rows.count), offset: offset)
            }
        }
    }

    private static var count: TemplateFields<StatusCount> {
        TemplateFields { fields in
            fields.text("status") { Page.mark($0.status).word }
            fields.prepared("status_style") { Page.mark($0.status).style }
            fields.text("count") { String($0.count) }
            fields.prepared("x") { Drawing.number($0.offset * 1000) }
            fields.prepared("width") { Drawing.number(max($0.share * 1000, 3)) }
        }
    }

    private struct TrendLine {
        let trend: Trend
        let page: Page

        func links(_ ids: [CheckID]) -> [CheckLink] { ids.map { CheckLink(id: $0, page: page) } }
    }

    private static var trend: TemplateFields<TrendLine> {
        TemplateFields { fields in
            fields.text("direction") { $0.trend.direction.rawValue }
            fields.text("baseline") { $0.trend.baseline.rawValue }
            fields.text("baseline_at") { Timestamp.text($0.trend.baselineStartedAt) }
            fields.flag("is_other_environment") { !$0.trend.isSameEnvironment }
            fields.optionalText("response_times") { $0.trend.responseTimes }
            fields.list("new_failures", link) { $0.links($0.trend.newFailures) }
            fields.list("fixed", link) { $0.links($0.trend.fixed) }
            fields.list("still_failing", link) { $0.links($0.trend.stillFailing) }
            fields.list("lost", link) { $0.links($0.trend.lost) }
            fields.text("new_failure_count") { String($0.trend.newFailures.count) }
            fields.text("fixed_count") { String($0.trend.fixed.count) }
            fields.text("still_failing_count") { String($0.trend.stillFailing.count) }
            fields.text("lost_count") { String($0.trend.lost.count) }
        }
    }

    /// A check that is named somewhere, with its place in the page if it has one.
    struct CheckLink {
        let id: CheckID
        let page: Page

        var row: CheckRow? { page.row(id) }
    }

    static var link: TemplateFields<CheckLink> {
        TemplateFields { fields in
            fields.text("id") { $0.id.rawValue }
            fields.prepared("anchor") { Page.link(to: $0.id) }
            fields.flag("is_here") { $0.row != nil }
            fields.text("title") { $0.row?.descriptor.title ?? "not part of this run" }
            fields.text("status") { $0.row?.status ?? "not part of this run" }
            fields.prepared("status_style") { Page.mark($0.row?.result?.status).style }
        }
    }

    private static func addMatrix(_ fields: inout TemplateFields<Page>) {
        let kind = TemplateFields<ServiceMatrix.Kind> { $0.text("title") { $0.title } }
        fields.list("matrix_kinds", kind) { _ in ServiceMatrix.Kind.allCases }
        fields.list("matrix", matrixRow) { ServiceMatrix($0.rows).rows }
    }

    private static var matrixRow: TemplateFields<ServiceMatrix.Row> {
        TemplateFields { fields in
            fields.text("title") { $0.part.rawValue }
            fields.list("cells", matrixCell) { $0.cells }
        }
    }

    private static var matrixCell: TemplateFields<ServiceMatrix.Cell> {
        TemplateFields { fields in
            fields.flag("is_empty") { $0.rows.isEmpty }
            fields.text("status") { Page.mark($0.status).word }
            fields.prepared("status_style") { Page.mark($0.status).style }
            fields.text("working") { cell in String(cell.rows.count(where: \.isWorking)) }
            fields.text("total") { String($0.rows.count) }
            fields.prepared("anchor") { $0.first.map { Page.link(to: $0.descriptor.id) } ?? "checks" }
        }
    }

    private static func addPictures(_ fields: inout TemplateFields<Page>) {
        fields.optionalPrepared("time_line") { TimeLine($0).markup }
        fields.prepared("time_line_figures") { TimeLine($0).figures }
        fields.optionalPrepared("charts") { page in
            let charts = PageCharts(page: page)
            return charts.percentiles + charts.sweep + charts.availability
        }
        fields.list("changes", DocumentFields.change) { page in
            (page.changes?.changes ?? []).suffix(100).reversed()
        }
    }
}
