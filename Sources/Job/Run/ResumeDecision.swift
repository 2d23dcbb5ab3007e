import Formats
import Foundation
import RunModel
import Settings

/// Which results of an unfinished run still count, and for each that does not, why. Pure.
struct ResumeDecision {
    /// Results that are made again, with the reasons.
    let dropped: [CheckID: [String]]

    /// - Parameters:
    ///   - targetChanges: what is deployed differently since the results were made.
    ///   - isWhole: whether all evidence of a result is still there.
    init(
        of record: RunRecord, newPlan: Plan, targetChanges: [TargetChange] = [], limits: LimitSettings, now: Date,
        isWhole: (CheckResult) -> Bool
    ) {
        let oldEntries = Dictionary(record.plan.entries.map { ($0.descriptor.id, $0) }) { first, _ in first }
        let newEntries = Dictionary(newPlan.entries.map { ($0.descriptor.id, $0) }) { first, _ in first }
        var dropped: [CheckID: [String]] = [:]
        for (id, result) in record.results {
            guard let old = oldEntries[id], let new = newEntries[id] else {
                dropped[id] = ["catalogue"]
                continue
            }
            let reasons =
                Self.reasons(against: result, old: old, new: new, limits: limits, now: now, isWhole: isWhole)
                + targetChanges.filter { $0.concerns(new.descriptor) }.map(\.description)
            if !reasons.isEmpty { dropped[id] = reasons }
        }
        // What was blocked or skipped because of a result that no longer counts does not count either.
        var grew = true
        while grew {
            grew = false
            for (id, result) in record.results where dropped[id] == nil && !result.status.isConclusive {
                let causes = newEntries[id]?.descriptor.dependsOn.filter { dropped[$0] != nil } ?? []
                if !causes.isEmpty {
                    dropped[id] = ["dependency \(causes[0])"]
                    grew = true
                }
            }
        }
        self.dropped = dropped
    }

    private static func reasons(
        against result: CheckResult, old: PlanEntry, new: PlanEntry, limits: LimitSettings, now: Date,
        isWhole: (CheckResult) -> Bool
    ) -> [String] {
        var reasons: [String] = []
        if old.decision != new.decision { reasons.append("plan") }
        if let oldKey = old.resumeKey, let newKey = new.resumeKey { reasons += newKey.differences(from: oldKey) }
        let age = now.duration(since: result.startedAt) - result.duration
        if result.status.isConclusive, age > limits.maximumAge(of: new.descriptor.category) {
            reasons.append("age \(age.readable)")
        }
        if !isWhole(result) { reasons.append("evidence missing or changed") }
        return reasons
    }
}
