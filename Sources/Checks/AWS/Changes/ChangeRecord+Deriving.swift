import Foundation
import RunModel

extension ChangeRecord {
    /// Puts changes in order and fills in what the values were before, as far as earlier changes of the record tell.
    static func ordered(
        _ changes: [Change], from: Date, to: Date, eventsRead: Int, gaps: [String]
    ) -> ChangeRecord {
        var known: [String: [String: String]] = [:]
        var seen: Set<String> = []
        var result: [Change] = []
        for var change in changes.sorted(by: { ($0.at, $0.id) < ($1.at, $1.id) }) where seen.insert(change.id).inserted
        {
            // A refused call changed nothing and says nothing of the state.
            if change.errorCode == nil, let subject = change.resources.first {
                let key = "\(change.kind.rawValue) \(subject)"
                let earlier = known[key] ?? [:]
                for (name, value) in change.after {
                    if let before = earlier[name], before != value { change.before[name] = before }
                }
                known[key] = earlier.merging(change.after) { $1 }
            }
            result.append(change)
        }
        return ChangeRecord(
            from: from, to: to, changes: result.filter { $0.at >= from && $0.at <= to }, eventsRead: eventsRead,
            gaps: gaps)
    }
}
