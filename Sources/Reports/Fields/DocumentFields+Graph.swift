import Diagnosis
import Formats
import RunModel

/// The component graph, and what was asked again to tell causes apart.
extension DocumentFields {
    static func addGraph(_ fields: inout TemplateFields<Document>) {
        fields.optionalPrepared("graph") { document in
            let map = document.map
            return map.nodes.isEmpty ? nil : GraphDrawing(map: map).block
        }
        fields.text("graph_left") { "\($0.map.left) of the parts and ways" }
        fields.flag("is_graph_cut") { $0.map.left > 0 }
        fields.list("questions", question) { $0.record.questions ?? [] }
    }

    private static var question: TemplateFields<AskedQuestion> {
        TemplateFields { fields in
            fields.text("id") { $0.result.id.rawValue }
            fields.text("question") { $0.question }
            fields.text("between") { $0.between.map(CauseWords.title(of:)).joined(separator: "; or: ") }
            fields.text("status") { $0.result.status.rawValue }
            fields.text("answer") { $0.result.outcome.message }
            fields.text("took") { $0.result.duration.readable }
        }
    }
}

extension Document {
    var map: PlatformMap { PlatformMap(of: record, findings: assessment.findings) }
}

/// How a finding's fault went on, in words.
enum CourseText {
    /// Within the run: since when, until when, how often.
    static func words(_ course: Course) -> String {
        var words =
            course.lastGood.map { "it answered until \(Timestamp.text($0)), " }
            ?? "it was there from the start of the run, "
        words += "failed first at \(Timestamp.text(course.first))"
        if course.episodes > 1 { words += ", came and went \(course.episodes) times" }
        if let recovered = course.recovered {
            words +=
                ", failed last at \(Timestamp.text(course.last)) and answered again at \(Timestamp.text(recovered))"
        } else {
            words += " and was there at the end"
        }
        return words
    }

    /// Over runs: for how many on end, and what was changed where it began.
    static func words(_ history: FaultHistory) -> String {
        var words =
            history.runs == 1
            ? "first seen in this run"
            : "seen in \(history.runs) runs on end, first in \(history.firstRun) at \(Timestamp.text(history.firstSeen))"
        if let good = history.lastGood {
            words += "; the last good run was at \(Timestamp.text(good))"
            if let commit = history.lastGoodCommit { words += " (commit \(commit.prefix(12)))" }
        } else {
            words += "; no run that is kept was good"
        }
        if let commit = history.firstBadCommit { words += "; first bad commit \(commit.prefix(12))" }
        if let change = history.firstBadChange {
            words +=
                "; first change in between that fits: \(change.action) \(change.resources.first ?? "") by \(change.actor) at \(Timestamp.text(change.at))"
        }
        return words
    }
}
