import RunModel

/// Everything that diagnosis says about a run. Pure: the same record and baseline always give the same assessment.
public struct Assessment: Hashable, Sendable, Codable {
    public var verdict: Verdict
    /// Root causes, most urgent first.
    public var findings: [Finding]
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
        doubts = collapse.doubts
        flaky = rows.checks.filter { $0.result.status == .flaky }.map(\.id)
        health = HealthScore(of: record, rows)
        legacyHealth = LegacyHealthScore(of: rows)
        trend = baseline.map { Trend(from: $0, to: record) }
    }
}

extension Assessment {
    /// The reason that summary, last line and results give: a root cause tells more than the first check that noticed it.
    public var why: String {
        if verdict.word == .fail, let first = findings.first { return "\(first.title) (\(first.root))" }
        return verdict.reasons.first ?? ""
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
