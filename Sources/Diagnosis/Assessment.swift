import RunModel

/// Everything that diagnosis says about a run. Pure: the same record and baseline always give the same assessment.
public struct Assessment: Hashable, Sendable, Codable {
    public var verdict: Verdict
    /// Root causes, most urgent first.
    public var findings: [Finding]
    /// The ids of those that close the gate, each alone: a critical check that nobody has muted fails because of it.
    public private(set) var closing: [String]
    /// Checks that could not tell, and those that wait for them: no fault is known, and none is excluded.
    public var doubts: [Doubt]
    /// Checks that passed only on a later attempt.
    public var flaky: [CheckID]
    public var health: HealthScore
    public var legacyHealth: LegacyHealthScore
    /// What changed since the baseline; nil when there is none to compare with.
    public var trend: Trend?

    /// - Parameters:
    ///   - baseline: an earlier run of the same environment.
    ///   - history: earlier runs of the same environment, for since when something fails.
    ///   - changes: what was changed before the run; nil when nobody could tell.
    ///   - rules: what is known about causes: the words for those that inference finds.
    ///   - evidence: what inference may use.
    public init(
        of record: RunRecord, baseline: RunRecord? = nil, history: RunHistory = RunHistory(),
        changes: ChangeRecord? = nil, rules: [Rule] = Rule.all, using evidence: Inference.Evidence = .all
    ) {
        let rows = Rows(of: record)
        let book = RuleBook(rules)
        let collapse = Collapse(of: record, rows)
        verdict = Verdict(of: record)
        let synthesis = FindingSynthesis(
            record: record, rows: rows, rules: book,
            suspects: ChangeSuspects(evidence.contains(.changes) ? changes : nil))
        findings = synthesis.findings(from: collapse, Inference(of: rows, rules: book, using: evidence))
        for index in findings.indices {
            findings[index].history = FaultHistory(of: findings[index], in: record, history)
        }
        closing = findings.filter { finding in
            ([finding.root] + finding.consequences).contains { id in
                rows[id].map { $0.descriptor.isCritical && $0.hasFailed && $0.result.muted == nil } ?? false
            }
        }.map(\.id)
        doubts = collapse.doubts
        flaky = rows.checks.filter { $0.result.status == .flaky }.map(\.id)
        health = HealthScore(of: record, rows)
        legacyHealth = LegacyHealthScore(of: rows)
        trend = baseline.map { Trend(from: $0, to: record) }
    }
}

extension Assessment {
    /// The reason that summary, last line and results give: a root cause tells more than the first check that noticed it. What
    /// is more urgent and does not close the gate is no reason for a gate that is closed.
    public var why: String {
        guard verdict.word == .fail, let first = findings.first(where: { closing.contains($0.id) }) ?? findings.first
        else { return verdict.reasons.first ?? "" }
        let others = closing.count { $0 != first.id }
        let more =
            others == 0 ? "" : others == 1 ? ", and 1 more cause closes it" : ", and \(others) more causes close it"
        return "\(first.title) (\(first.root))\(more)"
    }

    /// One line for the end of a log, with the words of the summary.
    public var line: String { "verdict: \(verdict.word.rawValue) (exit \(verdict.exitCode)): \(why)" }
}

/// A check that ended without an answer, with those that were blocked because of it.
public struct Doubt: Hashable, Sendable, Codable {
    public var check: CheckID
    public var reason: String
    public var consequences: [CheckID]
}
