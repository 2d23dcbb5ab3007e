import Foundation
import RunModel

extension RunHistory.Past {
    /// What is kept of a run.
    ///
    /// - Parameter findings: what diagnosis says of it.
    public init(of record: RunRecord, findings: [Finding]) {
        func checks(_ statuses: [Status]) -> [CheckID] {
            record.results.values.filter { statuses.contains($0.status) }.map(\.id).sorted()
        }
        self.init(
            run: record.header.runID, startedAt: record.header.startedAt, commit: record.header.change["commit"],
            failing: checks([.failed, .timeout]), passing: checks([.passed, .flaky]),
            causes: findings.compactMap(\.fault).sorted())
    }
}

extension FaultHistory {
    /// What earlier runs say of a finding. A run saw the same fault where it named the same cause or the same check failed in it; it
    /// was good where that check passed and the cause was not named. Of a run that says neither nothing is concluded.
    ///
    /// - Parameters:
    ///   - history: newest first.
    ///   - suspects: the changes that fit the finding.
    init?(of finding: Finding, in record: RunRecord, _ history: RunHistory) {
        guard !history.runs.isEmpty else { return nil }
        var first = (run: record.header.runID, at: record.header.startedAt, commit: record.header.change["commit"])
        var runs = 1
        var good: RunHistory.Past?
        for past in history.runs where past.startedAt < record.header.startedAt {
            if past.failing.contains(finding.root) || finding.fault.map(past.causes.contains) ?? false {
                first = (past.run, past.startedAt, past.commit)
                runs += 1
            } else if past.passing.contains(finding.root) {
                good = past
                break
            }
        }
        let between = good.flatMap { good in
            finding.changes.filter { $0.at > good.startedAt && $0.at < first.at }.min {
                ($0.at, $0.id) < ($1.at, $1.id)
            }
        }
        self.init(
            firstRun: first.run, firstSeen: first.at, runs: runs, lastGood: good?.startedAt,
            lastGoodCommit: good?.commit, firstBadCommit: good == nil ? nil : first.commit, firstBadChange: between)
    }
}
