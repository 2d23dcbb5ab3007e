import Formats
import RunModel

/// Makes findings of root failures: names the cause, weighs it, and says how to fix and to verify it.
struct FindingSynthesis {
    let record: RunRecord
    let rows: Rows
    let rules: RuleBook
    let suspects: ChangeSuspects
    let line: TimeLine

    init(record: RunRecord, rows: Rows, rules: RuleBook, suspects: ChangeSuspects) {
        self.record = record
        self.rows = rows
        self.rules = rules
        self.suspects = suspects
        line = TimeLine(of: rows.checks + rows.asked)
    }

    func findings(from collapse: Collapse, _ inference: Inference) -> [Finding] {
        var findings = inference.explanations.compactMap { explained($0, inference) }
        var owner: [CheckID: Int] = [:]
        for (index, finding) in findings.enumerated() {
            for check in [finding.root] + finding.consequences { owner[check] = index }
        }
        for (root, consequences) in collapse.roots {
            let others = consequences.filter { owner[$0] == nil }
            if let index = owner[root] {
                findings[index].consequences += others
            } else if let row = rows[root] {
                findings.append(finding(row.descriptor, row.result, nil, nil, others))
            }
        }
        for position in findings.indices { complete(&findings[position]) }
        limitUnknown(&findings)
        return findings.sorted { left, right in
            let (one, other) = (Self.order(left), Self.order(right))
            return one == other ? left.root < right.root : one < other
        }
    }

    private static func order(_ finding: Finding) -> (Finding.Priority, Int, Int) {
        (finding.priority, isUnknown(finding) ? 1 : 0, -finding.consequences.count)
    }

    /// Whether nothing is known beyond the check that failed.
    private static func isUnknown(_ finding: Finding) -> Bool {
        finding.fault == nil && finding.candidates.isEmpty && finding.id.hasPrefix(unclassified)
    }

    /// What nobody knows the cause of is never P0, and never more urgent than the most urgent cause that is known.
    private func limitUnknown(_ findings: inout [Finding]) {
        let known = findings.filter { !Self.isUnknown($0) && $0.priority < .p3 }.map(\.priority).min() ?? .p1
        for index in findings.indices where Self.isUnknown(findings[index]) {
            findings[index].priority = max(findings[index].priority, max(known, .p1))
        }
    }

    func rule(
        for descriptor: CheckDescriptor, _ result: CheckResult, where speaks: (Rule) -> Bool
    ) -> Rule? {
        // What went wrong inside Plumbline, or in the model alone, says nothing of causes in the deployment.
        guard result.status != .error, result.subject != .model else { return nil }
        guard let observation = Observation(descriptor, result) else { return nil }
        return rules.first(for: observation, where: speaks)
    }

    /// The fix with the names in it. What takes back a change on the very resource is the nearest fix there is.
    private func fix(_ rule: Rule?, _ descriptor: CheckDescriptor, _ result: CheckResult, _ changes: [Change])
        -> Remediation
    {
        var fix = merged(rule?.remediation, descriptor.remediation)
        let place = FailurePlace(descriptor, result)
        let names = FixCommand(named: place.named, target: record.header.target)
        fix.command = fix.command.map(names.filled)
        if let change = changes.first, let undo = change.undo, change.isMade(on: place.named) {
            fix.command = names.filled(undo)
        }
        return fix
    }

    func finding(
        _ descriptor: CheckDescriptor, _ result: CheckResult, _ rule: Rule?, _ subject: Subject?,
        _ consequences: [CheckID]
    ) -> Finding {
        let weight = rule?.weight ?? Weight.unclassified(descriptor)
        let changes =
            result.status == .error || result.subject == .model ? [] : suspects.behind(rule, of: descriptor, result)
        return Finding(
            id: "\(rule?.id ?? Self.unclassified)/\(descriptor.id)",
            component: rule?.component ?? descriptor.category.title,
            title: rule.map { $0.title + (subject.map { ": \($0.description)" } ?? "") }
                ?? Self.title(descriptor, result),
            cause: rule?.cause ?? Self.unknownCause(descriptor, result),
            evidence: evidence(descriptor.id, result),
            root: descriptor.id,
            consequences: consequences,
            priority: priority(descriptor, result, rule, behind: consequences.count),
            effort: rule?.weight == nil ? rule?.effort ?? weight.work.effort : weight.work.effort,
            owner: rule?.owner ?? Self.owner(of: descriptor.category, result.status),
            impact: result.status == .error ? "" : weight.impact,
            remediation: fix(rule, descriptor, result, changes),
            verification: result.reproduction ?? "",
            changes: changes,
            // Who cannot be told anything is whoever runs the job.
            reach: result.subject == .model ? .nobody : result.status == .error ? .operators : weight.reach,
            severity: weight.severity,
            prevention: result.status == .error ? "" : weight.prevention, work: weight.work)
    }

    static let unclassified = "unclassified"

    private static func title(_ descriptor: CheckDescriptor, _ result: CheckResult) -> String {
        switch result.status {
        case .error: "Plumbline could not carry out \(descriptor.id) (\(descriptor.title))"
        case .timeout: "No answer in time: \(descriptor.title)"
        default: "Not true: \(descriptor.title)"
        }
    }

    private static func unknownCause(_ descriptor: CheckDescriptor, _ result: CheckResult) -> String {
        switch result.status {
        case .error: "Plumbline itself failed; nothing is known of the system here."
        case .timeout: "No known pattern fits. The check did not end within \(descriptor.deadline.readable)."
        default:
            result.subject == .model
                ? "The behaviour that this deployment's code has by design differs from what was meant."
                : "No known pattern fits. What was seen is all that is known."
        }
    }

    func evidence(_ id: CheckID, _ result: CheckResult) -> [FindingEvidence] {
        var observation = result.outcome.message
        if case .failed(let mismatch) = result.outcome {
            observation += " (expected \(mismatch.expected), got \(mismatch.got))"
        }
        return [FindingEvidence(check: id, observation: observation)]
    }

    /// The rule's fix where it has one: commands of the check are for whatever it may find, and may not fit this cause.
    private func merged(_ first: Remediation?, _ second: Remediation) -> Remediation {
        guard let first, !first.summary.isEmpty else { return second }
        return first
    }

    private func complete(_ finding: inout Finding) {
        var seen: Set<CheckID> = [finding.root]
        finding.consequences = finding.consequences.filter { seen.insert($0).inserted }
        if finding.verification.isEmpty { finding.verification = "plumbline run --only '\(finding.root)'" }
        if finding.impact.isEmpty {
            finding.impact =
                "Operators cannot tell whether this holds: \(rows[finding.root]?.descriptor.title ?? finding.root.rawValue)."
        }
    }

    func priority(
        _ descriptor: CheckDescriptor, _ result: CheckResult, _ rule: Rule?, behind: Int
    ) -> Finding.Priority {
        if result.muted != nil || result.subject == .model || rule?.isUrgent == false { return .p3 }
        if result.status == .error { return .p2 }
        let weight = rule?.weight ?? Weight.unclassified(descriptor)
        let priority = Weight.priority(weight.severity, weight.reach)
        // A cause that stands in the way of many checks hides what else may be wrong.
        return priority > .p1 && behind >= 10 ? (priority == .p3 ? .p2 : .p1) : priority
    }

    private static func owner(of category: Category, _ status: Status) -> String {
        if status == .error { return "plumbline" }
        return switch category {
        case .database: "database"
        case .redis, .environment, .permissions, .discovery, .aws: "platform"
        case .credentials, .authentication: "identity"
        case .mlflow, .registration: "registry"
        case .unit, .integration, .serviceHealth, .load, .chaos, .performance, .suites, .probes: "service"
        }
    }
}

extension FindingSynthesis {
    /// What a cause is about, where it may be there several times in one run: an address, or a resource.
    struct Subject {
        /// Tells apart the findings of one rule.
        let key: String
        /// `api.localhost:8001 (api, registry)`.
        let description: String

        /// Nil where the rule alone is the cause.
        ///
        /// - Parameter target: what the run tests, by name, as the run's header has it.
        init?(_ result: CheckResult, target: [String: String]) {
            switch result.outcome.symptom {
            case .noConnection(let problem)?:
                let services = target.filter { Place.text(of: $0.value) == problem.place }.keys.sorted()
                key = problem.place
                description = services.isEmpty ? key : "\(key) (\(services.joined(separator: ", ")))"
            case .missing(let component)?:
                key = component.rawValue
                description = component.name
            default: return nil
            }
        }
    }
}
