import Formats
import RunModel

/// Makes findings of root failures: names the cause, weighs it, and says how to fix and to verify it.
struct FindingSynthesis {
    let record: RunRecord
    let rules: [Rule]
    let suspects: ChangeSuspects
    private let descriptors: [CheckID: CheckDescriptor]
    private let profile: DeploymentProfile?

    init(record: RunRecord, rules: [Rule], suspects: ChangeSuspects) {
        self.record = record
        self.rules = rules
        self.suspects = suspects
        descriptors = Dictionary(
            record.plan.entries.map { ($0.descriptor.id, $0.descriptor) }, uniquingKeysWith: { first, _ in first })
        profile = record.fact(.profile).flatMap(DeploymentProfile.init(rawValue:))
    }

    func findings(from collapse: Collapse) -> [Finding] {
        var findings: [Finding] = []
        var positions: [String: Int] = [:]
        for (root, consequences) in collapse.roots {
            guard let descriptor = descriptors[root], let result = record.results[root] else { continue }
            let rule = rule(for: descriptor, result)
            let subject = Subject(result, target: record.header.target)
            let cause = rule.map { "\($0.id) \(subject?.key ?? "")" }
            // One cause seen by several checks that do not depend on each other is one finding.
            if let cause, let rule, let position = positions[cause] {
                findings[position].consequences += [root] + consequences
                findings[position].evidence += evidence(root, result)
                let priority = priority(descriptor, result, rule, behind: findings[position].consequences.count)
                findings[position].priority = min(findings[position].priority, priority)
                continue
            }
            if let cause { positions[cause] = findings.count }
            findings.append(finding(descriptor, result, rule, subject, consequences))
        }
        for position in findings.indices { complete(&findings[position]) }
        return findings.sorted {
            ($0.priority, -$0.consequences.count, $0.root) < ($1.priority, -$1.consequences.count, $1.root)
        }
    }

    private func rule(for descriptor: CheckDescriptor, _ result: CheckResult) -> Rule? {
        // What went wrong inside Plumbline, or in the model alone, says nothing of causes in the deployment.
        guard result.status != .error, result.subject != .model else { return nil }
        guard let observation = Observation(descriptor, result, profile: profile) else { return nil }
        return rules.first { $0.matches(observation) }
    }

    private func finding(
        _ descriptor: CheckDescriptor, _ result: CheckResult, _ rule: Rule?, _ subject: Subject?,
        _ consequences: [CheckID]
    ) -> Finding {
        let weight = rule?.weight ?? Weight.unclassified(descriptor)
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
            remediation: merged(rule?.remediation, descriptor.remediation),
            verification: result.reproduction ?? "",
            changes: result.status == .error || result.subject == .model
                ? [] : suspects.behind(rule, of: descriptor, seenAt: result.startedAt),
            reach: result.subject == .model ? .nobody : weight.reach, severity: weight.severity,
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

    private func evidence(_ id: CheckID, _ result: CheckResult) -> [FindingEvidence] {
        var observation = result.outcome.message
        if case .failed(let mismatch) = result.outcome {
            observation += " (expected \(mismatch.expected), got \(mismatch.got))"
        }
        return [FindingEvidence(check: id, observation: observation)]
    }

    /// The rule knows the cause, the check knows its target: what the rule leaves open, the check fills in.
    private func merged(_ first: Remediation?, _ second: Remediation) -> Remediation {
        guard let first else { return second }
        return Remediation(
            summary: first.summary.isEmpty ? second.summary : first.summary,
            command: first.command ?? second.command, terraform: first.terraform ?? second.terraform)
    }

    private func complete(_ finding: inout Finding) {
        finding.consequences = finding.consequences.filter { $0 != finding.root }
        if finding.verification.isEmpty { finding.verification = "plumbline run --only '\(finding.root)'" }
        if finding.impact.isEmpty {
            finding.impact =
                "Nobody knows whether this holds: \(descriptors[finding.root]?.title ?? finding.root.rawValue)."
        }
    }

    private func priority(
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
