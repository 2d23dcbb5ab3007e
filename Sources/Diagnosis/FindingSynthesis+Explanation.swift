import RunModel

extension FindingSynthesis {
    /// The finding of a cause that inference found; nil where its checks are not in the plan.
    func explained(_ explanation: Inference.Explanation, _ inference: Inference) -> Finding? {
        // What was asked again is evidence, and no check that somebody could run again by its name.
        let seen = explanation.seen.filter { descriptors[$0] != nil }
        let consequences = explanation.consequences.filter { descriptors[$0] != nil }
        guard let root = seen.first ?? consequences.first, let descriptor = descriptors[root],
            let result = record.results[root], let cause = explanation.causes.first
        else { return nil }
        let isOpen = explanation.causes.count > 1
        let rule = isOpen ? nil : self.rule(for: cause, seenBy: explanation.seen)
        var finding = self.finding(
            descriptor, result, rule, Subject(result, target: record.header.target),
            (seen + consequences).filter { $0 != root })
        finding.evidence = seen.flatMap { id in record.results[id].map { evidence(id, $0) } ?? [] }
        if finding.evidence.isEmpty { finding.evidence = evidence(root, result) }
        finding.evidence += answers(about: explanation)
        if isOpen {
            describeOpen(&finding, explanation)
        } else if rule == nil {
            describe(&finding, cause)
        }
        if rule == nil {
            let kinds = ChangeSuspects.kinds(of: cause)
            finding.changes = finding.changes.filter { kinds?.contains($0.kind) ?? true }
        }
        finding.fault = isOpen ? nil : cause
        finding.candidates = isOpen ? explanation.causes : []
        finding.path = observations(to: cause, in: inference.graph)
        finding.rival = explanation.rival
        finding.unobservable = isOpen ? unobserved(explanation.causes, inference.graph) : []
        finding.since = explanation.since
        finding.course = Course(of: explanation, in: record)
        finding.confidence = confidence(explanation)
        finding.priority = priority(explanation, rule)
        return finding
    }

    /// What was asked again to tell this cause from others.
    private func answers(about explanation: Inference.Explanation) -> [FindingEvidence] {
        let about = Set(explanation.causes + (explanation.rival.map { [$0.cause] } ?? []))
        return (record.questions ?? []).filter { !about.isDisjoint(with: $0.between) }.flatMap { asked in
            evidence(asked.result.id, asked.result).map {
                FindingEvidence(check: $0.check, observation: "\(asked.question). Answer: \($0.observation)")
            }
        }
    }

    /// The words of a rule, where one knows this very cause: it fits what was seen, and speaks of the same way to fail.
    private func rule(for cause: Cause, seenBy checks: [CheckID]) -> Rule? {
        // Of more that saw the same, the later ones say it in the same words.
        for check in checks.prefix(100) {
            guard let descriptor = descriptors[check], let result = record.results[check] else { continue }
            // What was asked behind a service that is away has words of its own, which are not that service's.
            if cause.component.kind == .service, cause.about == nil, let asked = result.outcome.symptom?.component,
                asked.kind == .service, asked != cause.component
            {
                continue
            }
            if let known = rule(for: descriptor, result, where: { $0.speaks(of: cause) }) { return known }
        }
        return nil
    }

    private func describe(_ finding: inout Finding, _ cause: Cause) {
        let words = CauseWords(cause: cause)
        finding.id = "\(cause.mode.rawValue)/\(finding.root)"
        finding.component = words.component
        // Where a single check saw that something departs from what was promised, its title says what; the cause's does not.
        if ![.failing, .garbage, .defect, .unknown].contains(cause.mode) || !finding.consequences.isEmpty {
            finding.title = words.title
        }
        finding.cause = Self.sentence(finding.evidence.first?.observation ?? words.title)
        if let impact = words.impact { finding.impact = impact }
        if !words.fix.isEmpty { replaceFix(of: &finding, with: words.fix) }
        finding.owner = words.owner
    }

    /// With a capital letter, and a full stop where it has no end of its own.
    private static func sentence(_ text: String) -> String {
        guard let last = text.last else { return text }
        // What begins with a path or an id stays as it is.
        let isWord = text.prefix { $0.isLetter || $0 == " " }.contains(" ")
        let begun = isWord ? text.prefix(1).uppercased() + text.dropFirst() : text
        return ".!?".contains(last) ? begun : begun + "."
    }

    private func describeOpen(_ finding: inout Finding, _ explanation: Inference.Explanation) {
        let words = explanation.causes.map { CauseWords(cause: $0).title }
        finding.id = "undecided/\(finding.root)"
        finding.component = CauseWords(cause: explanation.causes[0]).component
        finding.title = "Unknown, between: " + words.joined(separator: "; or: ")
        finding.cause = "What was seen fits each of these causes, and nothing that could be looked at tells them apart."
        replaceFix(of: &finding, with: "Look at what was not observable first; then fix the cause that is left.")
    }

    /// Commands of the check are for whatever it may find; one that takes back a change stays.
    private func replaceFix(of finding: inout Finding, with summary: String) {
        let isUndo = finding.changes.first?.undo != nil
        finding.remediation = Remediation(summary: summary, command: isUndo ? finding.remediation.command : nil)
    }

    /// The way from the place of the run to the component, with what was seen of each step.
    private func observations(to cause: Cause, in graph: ComponentGraph) -> [PathObservation] {
        var goal = cause.about ?? cause.component
        if cause.mode == .blocked, let edge = graph.flow(cause.component) { goal = edge.to }
        let way = graph.way(from: .vantage, to: goal, through: cause.about == nil ? nil : cause.component)
        return zip(way, way.dropFirst()).map { from, to in
            let edge = graph.edge(from, to)
            let held = edge.flatMap { $0.passed > 0 ? true : $0.failed > 0 ? false : nil }
            return PathObservation(from: from, to: to, held: held, check: edge?.heldBy ?? edge?.brokenBy)
        }
    }

    private func unobserved(_ causes: [Cause], _ graph: ComponentGraph) -> [String] {
        let wanted = causes.flatMap { [$0.component] + ($0.about.map { [$0] } ?? []) }.filter(\.isService)
        var seen: Set<Component> = []
        return wanted.filter { seen.insert($0).inserted && graph.edge(.vantage, $0) == nil }.map {
            "\($0.title) was not looked at directly: give this run its address and credentials, or a place in the "
                + "network from which it can be reached."
        }
    }

    private func confidence(_ explanation: Inference.Explanation) -> Confidence {
        guard explanation.causes.count == 1, let cause = explanation.causes.first else { return .low }
        // How long something took is a sign, and no sight of it.
        if explanation.isExact || cause.mode.isTotal || cause.about != nil {
            return explanation.isByTime ? .medium : .high
        }
        return [.failing, .garbage, .unknown, .defect].contains(cause.mode) ? .low : .medium
    }

    /// The most urgent of what the cause brings about; a cause that is not known is never P0.
    private func priority(_ explanation: Inference.Explanation, _ rule: Rule?) -> Finding.Priority {
        let checks = explanation.seen + explanation.consequences
        let all = checks.compactMap { id -> Finding.Priority? in
            guard let descriptor = descriptors[id], let result = record.results[id] else { return nil }
            return priority(descriptor, result, rule, behind: checks.count)
        }
        let mostUrgent = all.min() ?? .p2
        return explanation.causes.count > 1 ? max(mostUrgent, .p1) : mostUrgent
    }
}
