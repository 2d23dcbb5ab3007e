import Diagnosis
import Formats
import RunModel

extension DocumentFields {
    static var finding: TemplateFields<FindingRow> {
        TemplateFields { fields in
            fields.text("id") { $0.finding.id }
            fields.text("title") { $0.finding.title }
            fields.text("component") { $0.finding.component }
            fields.text("priority") { $0.finding.priority.rawValue }
            fields.text("effort") { Self.words($0.finding) }
            fields.text("owner") { OwnerText.name(of: $0.finding.owner, $0.document.header) }
            fields.text("owner_details") { OwnerText.details(of: $0.finding.owner, $0.document.header) }
            fields.text("severity") { $0.finding.severity.rawValue }
            fields.text("reach") { Self.words($0.finding.reach) }
            fields.flag("closes_gate") { $0.closesGate }
            fields.optionalText("prevention") { $0.finding.prevention }
            fields.text("cause") { $0.finding.cause }
            fields.text("impact") { $0.finding.impact }
            fields.text("root") { $0.finding.root.rawValue }
            fields.text("root_title") { $0.root?.descriptor.title ?? "" }
            fields.text("status") { $0.root?.status ?? "" }
            fields.text("at") { row in row.root?.result.map { Timestamp.text($0.startedAt) } ?? "–" }
            fields.text("took") { row in row.root?.result?.duration.readable ?? "–" }
            fields.text("message") { $0.root?.message ?? "" }
            fields.prepared("error") { MarkdownText.block($0.error) }
            fields.optionalText("fix") { $0.finding.remediation.summary }
            fields.optionalPrepared("fix_command") { row in
                row.finding.remediation.command.map { MarkdownText.block(row.named($0), language: "sh") }
            }
            fields.optionalPrepared("terraform") { row in
                row.finding.remediation.terraform.map { MarkdownText.block($0, language: "hcl") }
            }
            fields.prepared("verify") { MarkdownText.block($0.verification.line, language: "sh") }
            fields.prepared("verify_line") { MarkdownText.code("bash \($0.scriptPath)") }
            fields.prepared("script") { row in "[\(row.scriptPath)](\(row.document.root)\(row.scriptPath))" }
            fields.text("verify_reads") { ReproductionScript($0).readings }
            fields.list("logs", log) { $0.root?.result?.logs ?? [] }
            fields.optionalText("expected") { row in
                if case .failed(let mismatch)? = row.root?.result?.outcome { mismatch.expected } else { nil }
            }
            fields.optionalPrepared("reproduction") { row in
                row.root?.result?.reproduction.map { MarkdownText.block($0, language: "sh") }
            }
            fields.flag("changes_target") { row in
                guard let descriptor = row.root?.descriptor else { return false }
                return descriptor.breaksSomething || descriptor.needs.contains { $0 == .writes || $0 == .load }
            }
            fields.flag("is_model") { $0.root?.result?.subject == .model }
            fields.flag("is_unclassified") { $0.finding.id.hasPrefix("unclassified/") }
            fields.flag("is_muted") { $0.mute != nil }
            fields.text("muted_by") { $0.mute?.owner ?? "" }
            fields.text("muted_until") { $0.mute?.expires ?? "" }
            fields.text("muted_reason") { $0.mute?.reason ?? "" }
            fields.list("observations", observation) { $0.finding.evidence }
            fields.flag("is_inferred") { $0.finding.fault != nil || !$0.finding.candidates.isEmpty }
            fields.text("confidence") { $0.finding.confidence.words }
            fields.text("since") { row in row.finding.since.map(Timestamp.text) ?? "–" }
            fields.list("steps", step) { $0.finding.path }
            fields.optionalText("rival") { $0.finding.rival.map(\.words) }
            fields.optionalText("course") { $0.finding.course.map(\.words) }
            fields.optionalText("history") { $0.finding.history.map(\.words) }
            fields.list("unobservable", unobservable) { $0.finding.unobservable }
            fields.list("suspects", change) { $0.finding.changes }
            fields.object("check", check) { $0.root }
            fields.list("consequences", check) { $0.document.rows($0.finding.consequences) }
            fields.text("consequence_count") { String($0.finding.consequences.count) }
            fields.text("consequence_words") { row in
                let count = row.finding.consequences.count
                return count == 1 ? "1 more check fails or waits" : "\(count) more checks fail or wait"
            }
        }
    }

    static func words(_ finding: Finding) -> String {
        "\(finding.effort.rawValue), about \(Figure.oneDecimal(finding.work.hours)) h (\(finding.work.rawValue))"
    }

    /// What people call a part of the platform, or the place that asks.
    static func words(_ component: Component) -> String {
        component == .vantage ? "This run" : component.title
    }

    static func words(_ relation: Path.Edge.Relation) -> String {
        switch relation {
        case .calls: "calls"
        case .reads: "reads"
        case .runsOn: "runs on"
        case .isConfiguredBy: "is configured by"
        }
    }

    static func words(_ reach: Finding.Reach) -> String {
        switch reach {
        case .clients: "clients are stopped"
        case .hindered: "clients are hindered"
        case .operators: "operators only"
        case .nobody: "nobody is hindered"
        }
    }

    private static var log: TemplateFields<ServiceLog> {
        TemplateFields { fields in
            fields.text("service") { $0.service }
            fields.text("source") { $0.source }
            fields.flag("has_lines") { !$0.lines.isEmpty }
            fields.optionalText("request") { $0.request }
            fields.prepared("lines") { MarkdownText.block($0.lines) }
            fields.text("absence") { $0.absence }
        }
    }

    private static var observation: TemplateFields<FindingEvidence> {
        TemplateFields { fields in
            fields.text("check") { $0.check.rawValue }
            fields.text("observation") { $0.observation }
        }
    }

    private static var step: TemplateFields<PathObservation> {
        TemplateFields { fields in
            fields.text("from") { words($0.from) }
            fields.text("to") { words($0.to) }
            fields.text("state") { $0.held.map { $0 ? "holds" : "broken" } ?? "not observed" }
            fields.text("check") { $0.check?.rawValue ?? "–" }
        }
    }

    static var unobservable: TemplateFields<String> {
        TemplateFields { fields in fields.text("text") { $0 } }
    }

    static var change: TemplateFields<Change> {
        TemplateFields { fields in
            fields.text("at") { Timestamp.text($0.at) }
            fields.text("actor") { $0.actor }
            fields.text("action") { $0.action }
            fields.text("resource") { $0.resources.first ?? "" }
            fields.text("origin") { $0.origin.rawValue }
            fields.optionalText("values") { change in
                Set(change.before.keys).union(change.after.keys).sorted().prefix(3).map { name in
                    "\(name): \(change.before[name] ?? "?") → \(change.after[name] ?? "–")"
                }.joined(separator: ", ")
            }
        }
    }

    private struct Group {
        let name: String
        let findings: [FindingRow]
    }

    private static var group: TemplateFields<Group> {
        TemplateFields { fields in
            fields.text("name") { $0.name }
            fields.text("count") { Figure.count($0.findings.count, "finding") }
            fields.list("findings", finding) { $0.findings }
        }
    }

    static func addFindings(_ fields: inout TemplateFields<Document>) {
        fields.list("findings", finding) { $0.findings }
        fields.text("finding_count") { Figure.count($0.assessment.findings.count, "root cause") }
        fields.list("by_priority", group) { document in
            Finding.Priority.allCases.compactMap { priority in
                let found = document.findings.filter { $0.finding.priority == priority }
                return found.isEmpty ? nil : Group(name: Self.words(priority), findings: found)
            }
        }
        fields.list("by_owner", group) { document in
            Dictionary(grouping: document.findings, by: \.finding.owner).sorted { $0.key < $1.key }
                .map { owner, findings in
                    Group(name: OwnerText.name(of: owner, document.header), findings: findings)
                }
        }
        fields.list("quick_wins", finding) { document in
            document.findings.filter { $0.finding.effort == .small && $0.finding.priority <= .p2 }
        }
        fields.list("long_term", finding) { document in document.findings.filter { $0.finding.effort == .large } }
        fields.list("preventions", labelled) { document in
            Dictionary(grouping: document.findings.filter { !$0.finding.prevention.isEmpty }, by: \.finding.prevention)
                .sorted { $0.key < $1.key }
                .map { Labelled(name: $0.key, value: $0.value.map(\.finding.root.rawValue).joined(separator: ", ")) }
        }
        fields.list("gate_closers", finding) { $0.findings.filter(\.closesGate) }
    }

    /// The recovery targets of the original campaign (contract §10).
    private static func words(_ priority: Finding.Priority) -> String {
        switch priority {
        case .p0: "P0: within 2 hours"
        case .p1: "P1: within 24 hours"
        case .p2: "P2: within a week"
        case .p3: "P3: within a month"
        }
    }
}
