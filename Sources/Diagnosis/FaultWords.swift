import Formats
import RunModel

extension Course {
    /// Within the run: since when, until when, how often.
    public var words: String {
        var words =
            lastGood.map { "it answered until \(Timestamp.text($0)), " } ?? "it was there from the start of the run, "
        words += "failed first at \(Timestamp.text(first))"
        if episodes > 1 { words += ", came and went \(episodes) times" }
        guard let recovered else { return words + " and was there at the end" }
        return words + ", failed last at \(Timestamp.text(last)) and answered again at \(Timestamp.text(recovered))"
    }
}

extension FaultHistory {
    /// Over runs: for how many on end, and what was changed where it began.
    public var words: String {
        var words =
            runs == 1
            ? "first seen in this run"
            : "seen in \(runs) runs on end, first in \(firstRun) at \(Timestamp.text(firstSeen))"
        if let lastGood {
            words += "; the last good run was at \(Timestamp.text(lastGood))"
            if let lastGoodCommit { words += " (commit \(lastGoodCommit.prefix(12)))" }
        } else {
            words += "; no run that is kept was good"
        }
        if let firstBadCommit { words += "; first bad commit \(firstBadCommit.prefix(12))" }
        if let change = firstBadChange {
            words += "; first change in between that fits: \(change.action) \(change.resources.first ?? "") "
            words += "by \(change.actor) at \(Timestamp.text(change.at))"
        }
        return words
    }
}

extension RivalCause {
    /// The cause as a sentence, and what speaks against it.
    public var words: String { "\(CauseWords.title(of: cause)): \(against)" }
}
