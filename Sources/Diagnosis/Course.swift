import Foundation
import RunModel

extension Course {
    /// What the time line of a run shows of a cause: the failures that it explains against the passes of whoever went the same way.
    ///
    /// Nil where nothing passed before, between or after them: then there is no more to say than since when.
    init?(of explanation: Inference.Explanation, in record: RunRecord) {
        guard let cause = explanation.causes.first else { return nil }
        let component = cause.about ?? cause.component
        let failed = Set(explanation.seen)
        var moments: [(at: Date, held: Bool)] = []
        for result in record.everyResult where result.faults?.isEmpty ?? true {
            if failed.contains(result.id) {
                moments.append((result.startedAt, false))
            } else if result.status == .passed, Self.speaks(of: component, result) {
                moments.append((result.startedAt, true))
            }
        }
        moments.sort { ($0.at, $0.held ? 1 : 0) < ($1.at, $1.held ? 1 : 0) }
        guard let first = moments.first(where: { !$0.held })?.at, let last = moments.last(where: { !$0.held })?.at,
            moments.contains(where: \.held)
        else { return nil }
        var episodes = 0
        var isBroken = false
        for moment in moments {
            if !moment.held, !isBroken { episodes += 1 }
            isBroken = !moment.held
        }
        self.init(
            lastGood: moments.last { $0.held && $0.at < first }?.at, first: first, last: last, episodes: episodes,
            recovered: moments.first { $0.held && $0.at > last }?.at)
    }

    /// Whether a request of the result came to the component and was answered.
    private static func speaks(of component: Component, _ result: CheckResult) -> Bool {
        result.path?.edges.contains { $0.to == component && $0.passed > 0 && $0.failed == 0 } ?? false
    }
}
