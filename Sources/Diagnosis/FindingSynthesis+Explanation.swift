import RunModel

extension FindingSynthesis {
    /// The finding of a cause that inference found; nil where its checks are not in the plan.
    func explained(_ explanation: Inference.Explanation, _ inference: Inference) -> Finding? {
        // What was asked again is evidence, and no check that somebody could run again by its name.
        let seen = explanation.seen.filter { rows[$0] != nil }
        let consequences = explanation.consequences.filter { rows[$0] != nil }
        guard let root = seen.first ?? consequences.first, let row = rows[root],
            let cause = explanation.causes.first
        else { return nil }
        let (descriptor, result) = (row.descriptor, row.result)
        let isOpen = explanation.causes.count > 1
        let rule = isOpen ? nil : self.rule(for: cause, seenBy: explanation.seen)
        var finding = self.finding(
            descriptor, result, rule, Subject(result, target: record.header.target),
            (seen + consequences).filter { $0 != root })
        finding.evidence = seen.flatMap { id in rows[id].map { evidence(id, $0.result) } ?? [] }
        if finding.evidence.isEmpty { finding.evidence = evidence(root, result) }
        finding.evidence += answers(about: explanation)
        if isOpen {
            describeOpen(&finding, explanation)
        } else if rule == nil {
            describe(&finding, cause)
        } else if cause.mode == .blocked {
            // Rules of silence speak of the part that is silent; who is cut off from whom is known here.
            let words = CauseWords(cause: cause)
            finding.title = words.title
            finding.cause = words.reason(seenBy: finding.evidence.first)
        }
        // What all the causes that are left take away is lost in any case.
        let weights = explanation.causes.map { CauseWords(cause: $0).weight }
        let weight = rule == nil && Set(weights).count == 1 ? weights[0] : nil
        if let weight { weigh(&finding, weight) }
        if rule == nil || cause.mode.isOfTime {
            let kinds = ChangeSuspects.kinds(of: cause)
            finding.changes = finding.changes.filter { kinds?.contains($0.kind) ?? true }
        }
        finding.fault = isOpen ? nil : cause
        finding.candidates = isOpen ? explanation.causes : []
        finding.path = observations(to: cause, in: inference.graph, seen: root)
        finding.rival = explanation.rival
        finding.unobservable = isOpen ? unobserved(explanation.causes, inference.graph) : []
        finding.since = explanation.since
        finding.course = Course(of: explanation, in: line)
        finding.confidence = confidence(explanation)
        finding.priority = priority(explanation, rule, weight)
        return finding
    }

    /// What was asked again to tell this cause from others.
    private func answers(about explanation: Inference.Explanation) -> [FindingEvidence] {
        let about = Set(explanation.causes + (explanation.rival.map { [$0.cause] } ?? []))
        let own = Set(explanation.seen + explanation.consequences)
        return (record.questions ?? []).filter {
            own.contains($0.result.id) || !about.isDisjoint(with: $0.between)
        }.flatMap { asked in
            evidence(asked.result.id, asked.result).map {
                FindingEvidence(check: $0.check, observation: "\(asked.question). Answer: \($0.observation)")
            }
        }
    }

    /// The words of a rule, where one knows this very cause: it fits what was seen, and speaks of the same way to fail.
    private func rule(for cause: Cause, seenBy checks: [CheckID]) -> Rule? {
        // Of more that saw the same, the later ones say it in the same words.
        for check in checks.prefix(25) {
            guard let row = rows[check] else { continue }
            let (descriptor, result) = (row.descriptor, row.result)
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
        finding.cause = words.reason(seenBy: finding.evidence.first)
        if let impact = words.impact { finding.impact = impact }
        if !words.fix.isEmpty {
            replaceFix(of: &finding, with: words.fix, words.command(record.header.names ?? [:]))
        }
        finding.owner = words.owner
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
    private func replaceFix(of finding: inout Finding, with summary: String, _ command: String? = nil) {
        let isUndo = finding.changes.first?.undo != nil
        finding.remediation = Remediation(summary: summary, command: isUndo ? finding.remediation.command : command)
    }

    private func weigh(_ finding: inout Finding, _ weight: Weight) {
        finding.severity = weight.severity
        finding.reach = weight.reach
        finding.impact = weight.impact
        finding.work = weight.work
        finding.effort = weight.work.effort
        finding.prevention = weight.prevention
    }

    /// The way from the place of the run to the component, with what was seen of each step.
    ///
    /// - Parameter seen: the check that saw the cause: it saw the last step, where no request of a check was watched along it.
    private func observations(to cause: Cause, in graph: ComponentGraph, seen: CheckID) -> [PathObservation] {
        var goal = cause.about ?? cause.component
        var middle = cause.about == nil ? nil : cause.component
        if let edge = graph.flow(cause.component) {
            goal = edge.to
            middle = edge.from == .vantage ? nil : edge.from
        }
        let way = graph.way(from: .vantage, to: goal, through: middle)
        let isBroken = !cause.mode.breaksNothing && cause.mode.takesUsersDown
        // A part that no request was watched on its way to, such as a key or a name: the check itself is what was seen.
        if way.count < 2, goal != .vantage {
            return [PathObservation(from: .vantage, to: goal, held: !isBroken, check: seen)]
        }
        return zip(way, way.dropFirst()).enumerated().map { place, step in
            let edge = graph.edge(step.0, step.1)
            // The last step is the one that does not hold.
            if place == way.count - 2, isBroken {
                return PathObservation(from: step.0, to: step.1, held: false, check: edge?.brokenBy ?? seen)
            }
            let held = edge.flatMap { $0.passed > 0 ? true : $0.failed > 0 ? false : nil }
            return PathObservation(from: step.0, to: step.1, held: held, check: edge?.heldBy ?? edge?.brokenBy)
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
            return explanation.isByTime || !explanation.doubted.isEmpty ? .medium : .high
        }
        return [.failing, .garbage, .unknown, .defect].contains(cause.mode) ? .low : .medium
    }

    /// What the cause takes away from people decides, and where that is not known the most urgent of what it brings about. A cause
    /// that is not known is never P0.
    private func priority(
        _ explanation: Inference.Explanation, _ rule: Rule?, _ weight: Weight?
    ) -> Finding.Priority {
        let checks = explanation.seen + explanation.consequences
        let found = checks.compactMap { rows[$0] }
        let isAccepted = found.allSatisfy { $0.result.muted != nil || $0.result.subject == .model }
        let mostUrgent =
            weight.flatMap { isAccepted ? nil : Weight.priority($0.severity, $0.reach) }
            ?? found.map { priority($0.descriptor, $0.result, rule, behind: checks.count) }.min() ?? .p2
        return explanation.causes.count > 1 ? max(mostUrgent, .p1) : mostUrgent
    }
}
