import CheckKit
import Formats
import RunModel

/// AWS-CW-07: the services' logs of the window, their error lines counted by fingerprint.
struct LogErrorsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .tasks, .logEvents]
    let judgesEachAlone = true
    let passingNote = "no fatal error in the lines of the window, and no more errors than are allowed"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CW-07", "The services' logs of the last hour hold no fatal errors",
            intent: "Errors at start-up, such as an image of another architecture, stand in the log and nowhere else.",
            procedure:
                "Reads the services' log groups of the last hour and counts error lines by fingerprint. Shows lines only of services "
                + "that ECS shows in trouble, from two minutes before it began, and of those with a fatal error.",
            severity: .medium,
            risk: "Something fails that no endpoint shows.",
            remediation: Remediation(
                summary: "Read the lines around the example.",
                command: "aws logs filter-log-events --log-group-name GROUP --filter-pattern ERROR"))
    }

    private static func minutes(_ seconds: Double) -> String { "\(max(1, (seconds / 60).rounded()).wholeText) min" }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let most = expectations.threshold("errors", 20)
        // They decide whose lines are shown, and from when.
        do {
            _ = try snapshot.services.known()
            for (_, answer) in snapshot.tasks.sorted(by: { $0.key < $1.key }) { _ = try answer.known() }
        } catch let stop as Stop {
            analysis.unknown(
                stop.outcome.symptom ?? .obstacle(.notCollected, of: Component(.aws)),
                "which services fail: \(stop.outcome.message)")
        }
        for (group, answer) in snapshot.logEvents.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: group) { analysis in
                if case .failed(let error) = answer, error.kind == .notFound {
                    analysis.found(
                        .missing(.aws(.logGroup, group)),
                        group, "the log group does not exist", expected: "a log group", got: "none of that name")
                    return
                }
                let excerpt = try answer.known()
                let count = excerpt.errors.reduce(0) { $0.clampedSum(with: $1.count) }
                analysis.measurements.append(
                    Metric("aws.logs.lines", Double(excerpt.linesRead), .count, labels: ["group": group]))
                if excerpt.linesRead == 0 {
                    throw Stop.inconclusive(
                        .obstacle(.tooFewSamples, of: .aws(.logGroup, group)),
                        "no line was written in the window: the service is silent, or logs elsewhere")
                }
                analysis.measurements.append(Metric("aws.logs.errors", Double(count), .count, labels: ["group": group]))
                for error in excerpt.errors.prefix(10) {
                    analysis.remarks.append("\(group) \(error.count)× \(error.text)\n    \(error.example)")
                }
                if !excerpt.lines.isEmpty {
                    analysis.remarks.append("\(group), around the last error while the service fails:")
                    analysis.remarks += excerpt.lines.map { "    " + $0 }
                }
                if let seconds = excerpt.secondsSearched, seconds > 0 {
                    analysis.remarks.append(
                        "\(group): the first \(Self.minutes(seconds)) of the window were searched for the words of errors; \(excerpt.linesRead) lines were read in all"
                    )
                }
                if let fatal = excerpt.errors.first(where: { LogExcerpt.isFatal($0.text) }) {
                    analysis.found(
                        .ailment(.aws(.logGroup, group), .logErrors, says: fatal.text),
                        group, "fatal: \(fatal.text)", expected: "no fatal error", got: "\(fatal.count) times")
                } else if Double(count) > most {
                    analysis.found(
                        .ailment(.aws(.logGroup, group), .logErrors, says: excerpt.errors.first?.text ?? ""),
                        group, "\(count) error lines, most often: \(excerpt.errors.first?.text ?? "")",
                        expected: "at most \(most.wholeText)", got: "\(count)")
                } else if !excerpt.isComplete {
                    let missed = excerpt.secondsMissed.map { "\(Self.minutes($0)) of the window" }
                    throw Stop.inconclusive(
                        .obstacle(.notCollected, of: .aws(.logGroup, group)),
                        "the log has more lines than are read (\(excerpt.linesRead)): nothing is known of \(missed ?? "the rest")"
                    )
                }
            }
        }
        return analysis
    }
}
