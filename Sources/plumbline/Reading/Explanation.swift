import Diagnosis
import Formats
import Reports
import RunModel

/// The chain from a symptom to its cause, with what was seen at each step.
struct Explanation {
    private let record: RunRecord
    private let assessment: Assessment
    private let descriptors: [CheckID: CheckDescriptor]

    init(_ record: RunRecord, history: RunHistory = RunHistory(), changes: ChangeRecord?) {
        self.record = record
        assessment = Assessment(of: record, history: history, changes: changes)
        descriptors = Dictionary(
            record.plan.entries.map { ($0.descriptor.id, $0.descriptor) }, uniquingKeysWith: { first, _ in first })
    }

    /// Everything that can be asked for.
    var names: [String] { assessment.findings.map(\.id) + descriptors.keys.map(\.rawValue) }

    /// - Returns: nil for a name that is neither a finding's id or number nor a check's id.
    func lines(of name: String) -> [TonedLine]? {
        if let finding = finding(name) { return lines(of: finding) }
        guard let id = descriptors.keys.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
            return nil
        }
        return lines(of: id)
    }

    private func finding(_ name: String) -> Finding? {
        if let number = Int(name), assessment.findings.indices.contains(number - 1) {
            return assessment.findings[number - 1]
        }
        return assessment.findings.first { $0.id == name }
    }

    private func lines(of check: CheckID) -> [TonedLine] {
        var lines = step(check, indent: "")
        if let finding = assessment.findings.first(where: { $0.root == check || $0.consequences.contains(check) }) {
            lines += chain(from: check, to: finding.root) + [TonedLine(""), TonedLine("Cause", .heading)]
            lines += self.lines(of: finding)
        } else if let doubt = assessment.doubts.first(where: { $0.check == check || $0.consequences.contains(check) }) {
            lines += chain(from: check, to: doubt.check)
            lines.append(TonedLine("No cause is known: \(doubt.reason)", .doubtful))
        }
        return lines
    }

    /// The checks between a symptom and the check at the root, along what depends on what.
    private func chain(from check: CheckID, to root: CheckID) -> [TonedLine] {
        guard check != root else { return [] }
        var previous: [CheckID: CheckID] = [:]
        var queue = [check]
        while !queue.isEmpty, previous[root] == nil {
            let current = queue.removeFirst()
            for next in descriptors[current]?.dependsOn ?? [] where previous[next] == nil && next != check {
                previous[next] = current
                queue.append(next)
            }
        }
        var way: [CheckID] = []
        var current = root
        while current != check, let back = previous[current] {
            way.append(current)
            current = back
        }
        if way.isEmpty { return [TonedLine("fails together with \(root)")] + step(root, indent: "  ") }
        return way.reversed().flatMap { [TonedLine("which depends on")] + step($0, indent: "  ") }
    }

    private func step(_ check: CheckID, indent: String) -> [TonedLine] {
        guard let result = record.results[check] else {
            return [TonedLine("\(indent)\(check) has no result: the run ended before it, or left it out", .doubtful)]
        }
        let tone: Tone = result.status == .passed ? .good : result.status == .failed ? .bad : .doubtful
        var lines = [
            TonedLine("\(indent)\(check) \(result.status.rawValue): \(descriptors[check]?.title ?? "")", tone),
            TonedLine("\(indent)  \(result.outcome.message)"),
        ]
        if case .failed(let mismatch) = result.outcome {
            lines += [
                TonedLine("\(indent)  expected: \(mismatch.expected)"),
                TonedLine("\(indent)  got:      \(mismatch.got)"),
            ]
        }
        for edge in result.path?.edges ?? [] where edge.isObserved {
            lines.append(
                TonedLine(
                    "\(indent)  \(edge.words): \(edge.passed) held, \(edge.failed) broken",
                    edge.failed > 0 ? .bad : .plain))
        }
        lines += result.earlierAttempts.map {
            TonedLine("\(indent)  earlier attempt: \($0.outcome.status.rawValue), \($0.outcome.message)")
        }
        return lines + result.evidence.map { TonedLine("\(indent)  evidence: \($0.title): \($0.path)") }
    }

    private func lines(of finding: Finding) -> [TonedLine] {
        let advice = zip(assessment.findings, FindingAdvice.all(record, assessment)).first { $0.0.id == finding.id }?.1
        var lines = [
            TonedLine("\(finding.priority.rawValue) \(finding.title) (\(finding.id))", .heading),
            TonedLine(finding.cause),
        ]
        if finding.fault != nil || !finding.candidates.isEmpty {
            lines.append(TonedLine("Confidence: \(finding.confidence.words)"))
        }
        if let course = finding.course { lines.append(TonedLine("In this run: \(course.words)")) }
        if let history = finding.history { lines.append(TonedLine("Over runs: \(history.words)")) }
        if let rival = finding.rival {
            lines.append(TonedLine("Strongest rival and what speaks against it: \(rival.words)"))
        }
        lines += finding.unobservable.map { TonedLine("Not observable: \($0)", .doubtful) }
        lines += [TonedLine("Impact: \(finding.impact)"), TonedLine("Seen by")]
        lines += step(finding.root, indent: "  ")
        lines += finding.evidence.map { TonedLine("  \($0.check): \($0.observation)") }
        for change in finding.changes.prefix(5) {
            lines.append(
                TonedLine(
                    "Changed before it: \(Timestamp.text(change.at)), \(change.actor): \(change.action) \(change.resources.first ?? "")"
                ))
        }
        if !finding.consequences.isEmpty {
            lines.append(
                TonedLine("Because of it: \(finding.consequences.map(\.rawValue).joined(separator: ", "))"))
        }
        if !finding.remediation.summary.isEmpty { lines.append(TonedLine("Fix: \(finding.remediation.summary)")) }
        guard let advice else { return lines }
        if let fix = advice.fix { lines += block(fix) }
        return lines + [TonedLine("Verify (\(advice.script) of the bundle says the same):")] + block(advice.verify)
    }

    private func block(_ text: String) -> [TonedLine] {
        text.split(separator: "\n").prefix(40).map { TonedLine("  \($0)") }
    }
}
