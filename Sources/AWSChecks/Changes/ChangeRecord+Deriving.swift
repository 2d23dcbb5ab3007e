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
        for var change in Self.sorted(changes) where seen.insert(change.id).inserted {
            // A refused call changed nothing and says nothing of the state.
            if change.errorCode == nil, let subject = change.subjects.first ?? change.resources.first {
                let key = "\(change.kind.rawValue) \(subject)"
                let earlier = known[key] ?? [:]
                // What is added to a list replaces nothing of it.
                let states = change.after.filter { !TrailValues.listing.contains($0.key) }
                for (name, value) in states where change.before[name] == nil {
                    if let before = earlier[name], before != value { change.before[name] = before }
                }
                known[key] = earlier.merging(states) { $1 }.filter {
                    change.before[$0.key] == nil || states[$0.key] != nil
                }
            }
            result.append(change)
        }
        return ChangeRecord(
            from: from, to: to, changes: result.filter { $0.at >= from && $0.at <= to }, eventsRead: eventsRead,
            gaps: gaps)
    }

    private static func sorted(_ changes: [Change]) -> [Change] {
        changes.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    }

    /// Both records as one.
    func merged(with other: ChangeRecord) -> ChangeRecord {
        ChangeRecord(
            from: min(from, other.from), to: max(to, other.to), changes: Self.sorted(changes + other.changes),
            eventsRead: eventsRead + other.eventsRead, gaps: gaps + other.gaps)
    }
}

extension AWSSnapshot {
    /// The platform's changes, whatever told of them, each with the parts of the platform that it bears on; nil when nothing was asked.
    public func changeRecord(_ expectations: AWSExpectations) -> ChangeRecord? {
        guard var record = toldChanges else { return nil }
        let resources = PlatformResources(expectations, snapshot: self)
        record.changes = record.changes.compactMap { change in
            var change = change
            switch resources.belonging(of: change.subjects) {
            case .platform(let parts): change.components = parts.sorted()
            // A plan and commits were named by somebody: all of them count.
            case .stranger: if change.origin == .cloudTrail { return nil }
            case .unknown: change.components = change.subjects.map { Component(resource: $0) }
            }
            return change
        }
        return record
    }

    /// All changes of the account. A source that gave no answer is a gap.
    private var toldChanges: ChangeRecord? {
        guard let changes else { return declaredChanges }
        let told: ChangeRecord
        switch changes {
        case .value(let record): told = record
        case .failed(let error):
            told = ChangeRecord(
                from: takenAt, to: takenAt, changes: [], eventsRead: 0,
                gaps: ["CloudTrail: " + error.inconclusiveReason])
        }
        return declaredChanges.map(told.merged) ?? told
    }
}
