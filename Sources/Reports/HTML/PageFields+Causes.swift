import Diagnosis
import Formats
import RunModel

extension PageFields {
    /// A finding with the page that shows it.
    private struct Cause {
        let row: FindingRow
        let page: Page

        var finding: Finding { row.finding }
        var path: [Path.Edge] { PageFields.walk(row.root?.result?.path) }
    }

    /// The edges of a path, beginning with those that leave the place of the run.
    static func walk(_ path: Path?) -> [Path.Edge] {
        let edges = path?.edges ?? []
        return edges.filter { $0.from == .vantage } + edges.filter { $0.from != .vantage }
    }

    static func addCauses(_ fields: inout TemplateFields<Page>) {
        fields.list("findings", cause) { page in page.document.findings.map { Cause(row: $0, page: page) } }
        fields.text("finding_count") { Figure.count($0.document.assessment.findings.count, "root cause") }
        fields.list("doubts", doubt) { page in
            page.document.assessment.doubts.map { Uncertain(doubt: $0, page: page) }
        }
        fields.text("doubt_count") { Figure.count($0.document.assessment.doubts.count, "check") }
    }

    private static var cause: TemplateFields<Cause> {
        TemplateFields { fields in
            addWords(&fields)
            addEvidence(&fields)
            addAdvice(&fields)
        }
    }

    private static func addWords(_ fields: inout TemplateFields<Cause>) {
        fields.text("title") { $0.finding.title }
        fields.text("component") { $0.finding.component }
        fields.text("priority") { $0.finding.priority.rawValue }
        fields.prepared("priority_style") { "p-" + $0.finding.priority.rawValue.lowercased() }
        fields.text("effort") { DocumentFields.words($0.finding) }
        fields.text("owner") { OwnerText.short(of: $0.finding.owner, $0.page.document.header) }
        fields.text("severity") { $0.finding.severity.rawValue }
        fields.text("reach") { DocumentFields.words($0.finding.reach) }
        fields.flag("closes_gate") { $0.row.closesGate }
        fields.text("cause") { $0.finding.cause }
        fields.optionalText("impact") { $0.finding.impact }
        fields.object("mute", mute) { $0.row.mute }
        addDoubts(&fields)
    }

    private static func addDoubts(_ fields: inout TemplateFields<Cause>) {
        fields.flag("is_inferred") { $0.finding.fault != nil || !$0.finding.candidates.isEmpty }
        fields.text("confidence") { $0.finding.confidence.words }
        fields.text("since") { cause in cause.finding.since.map(Timestamp.text) ?? "–" }
        fields.optionalText("course") { $0.finding.course.map(\.words) }
        fields.optionalText("history") { $0.finding.history.map(\.words) }
        fields.optionalText("rival") { $0.finding.rival.map(\.words) }
        fields.list("unobservable", DocumentFields.unobservable) { $0.finding.unobservable }
    }

    private static var mute: TemplateFields<Mute> {
        TemplateFields { fields in
            fields.text("muted_by") { $0.owner }
            fields.text("muted_until") { $0.expires }
            fields.text("muted_reason") { $0.reason }
        }
    }

    private static func addEvidence(_ fields: inout TemplateFields<Cause>) {
        fields.text("root") { $0.finding.root.rawValue }
        fields.prepared("root_anchor") { Page.link(to: $0.finding.root) }
        fields.prepared("error") { PageText.block($0.row.error) }
        fields.list("path", edge) { $0.path }
        fields.list("observations", observation) { $0.finding.evidence }
        fields.list("suspects", DocumentFields.change) { $0.finding.changes }
        fields.list("consequences", link) { cause in
            cause.finding.consequences.map { CheckLink(id: $0, page: cause.page) }
        }
        fields.text("consequence_count") { Figure.count($0.finding.consequences.count, "more check") }
    }

    private static func addAdvice(_ fields: inout TemplateFields<Cause>) {
        fields.optionalText("fix") { $0.finding.remediation.summary }
        fields.optionalPrepared("fix_command") { cause in
            cause.finding.remediation.command.map { PageText.block(cause.row.named($0)) }
        }
        fields.optionalPrepared("terraform") { $0.finding.remediation.terraform.map { PageText.block($0) } }
        fields.prepared("verify") { PageText.block($0.row.verification.line) }
        fields.text("repro_script") { $0.row.scriptPath }
        fields.optionalPrepared("reproduction") { $0.row.root?.result?.reproduction.map { PageText.block($0) } }
    }

    static var edge: TemplateFields<Path.Edge> {
        TemplateFields { fields in
            fields.text("from") { DocumentFields.words($0.from) }
            fields.text("relation") { DocumentFields.words($0.relation) }
            fields.text("to") { $0.to.nameInSentence }
            fields.text("seen") { edge in
                edge.isObserved ? "\(edge.passed) held, \(edge.failed) broken" : "declared, not seen"
            }
            fields.prepared("edge_style") { edge in
                edge.failed > 0 ? "e-broken" : edge.passed > 0 ? "e-held" : "e-unseen"
            }
        }
    }

    private static var observation: TemplateFields<FindingEvidence> {
        TemplateFields { fields in
            fields.text("check") { $0.check.rawValue }
            fields.prepared("check_anchor") { Page.link(to: $0.check) }
            fields.text("observation") { $0.observation }
        }
    }

    private struct Uncertain {
        let doubt: Doubt
        let page: Page
    }

    private static var doubt: TemplateFields<Uncertain> {
        TemplateFields { fields in
            fields.text("id") { $0.doubt.check.rawValue }
            fields.prepared("anchor") { Page.link(to: $0.doubt.check) }
            fields.text("title") { $0.page.row($0.doubt.check)?.descriptor.title ?? "not part of this run" }
            fields.text("reason") { $0.doubt.reason }
            fields.list("consequences", link) { row in
                row.doubt.consequences.map { CheckLink(id: $0, page: row.page) }
            }
        }
    }
}
