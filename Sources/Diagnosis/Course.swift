import Foundation
import RunModel

extension Course {
    /// What the time line of a run shows of a cause: the failures that saw it themselves against the passes of whoever reached the
    /// same part.
    ///
    /// Nil where nothing passed before, between or after them: then there is no more to say than since when.
    init?(of explanation: Inference.Explanation, in line: TimeLine) {
        // What fails in part answers in between, and is there all the time.
        guard let cause = explanation.causes.first, cause.mode.isTotal || cause.mode == .unstable || cause.about != nil
        else { return nil }
        let failures = explanation.seen.compactMap(line.moment).map { (at: $0, held: false) }
        let moments = (failures + line.held(cause).map { (at: $0, held: true) })
            .sorted { ($0.at, $0.held ? 1 : 0) < ($1.at, $1.held ? 1 : 0) }
        // A setting does not come right by itself: what passed later went with other credentials than those that it holds.
        if cause.mode == .misconfigured, let last = failures.map(\.at).max(),
            moments.contains(where: { $0.held && $0.at > last })
        {
            return nil
        }
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
}
