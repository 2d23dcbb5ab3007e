import Diagnosis
import Formats
import RunModel

/// A comparison of two runs for a reader at a terminal.
struct ComparisonText {
    let comparison: RunComparison

    init(_ comparison: RunComparison) { self.comparison = comparison }

    var lines: [TonedLine] {
        let runs =
            "\(comparison.before) (\(comparison.beforeEnvironment)) → \(comparison.after) (\(comparison.afterEnvironment))"
        return [TonedLine(runs, .heading)]
            + section("New failures", comparison.new.map(failure), .bad)
            + section("Fixed", comparison.fixed.map(named), .good)
            + section("Still failing", comparison.stillFailing.map(failure), .bad)
            + section("Flaky", comparison.flaky.map(named), .doubtful)
            + section("Slower", comparison.slower.map(speed), .doubtful)
            + section("Faster", comparison.faster.map(speed), .good)
            + section("Not comparable", comparison.notComparable.map(named), .plain)
            + section(
                comparison.isParity ? "Parity" : "Changed settings", comparison.differences.map(difference), .plain)
            + [summary]
    }

    private func section(_ title: String, _ lines: [String], _ tone: Tone) -> [TonedLine] {
        lines.isEmpty
            ? [] : [TonedLine("\(title) (\(lines.count))", .heading)] + lines.map { TonedLine("  \($0)", tone) }
    }

    private func failure(_ failure: RunComparison.Failure) -> String {
        var text = "\(failure.check) \(failure.title): \(failure.message)"
        if failure.runs > 1 { text += " (since \(Timestamp.text(failure.since)), \(failure.runs) runs on end)" }
        if let bad = failure.firstBadCommit {
            text += "; first bad commit \(bad)\(failure.lastGoodCommit.map { ", last good \($0)" } ?? "")"
        }
        if let change = failure.firstBadChange {
            text +=
                "; first change since it passed: \(Timestamp.text(change.at)), \(change.actor): \(change.action) \(change.resources.first ?? "")"
        }
        return text
    }

    private func named(_ row: RunComparison.Named) -> String { "\(row.check) \(row.title): \(row.detail)" }

    private func speed(_ speed: RunComparison.Speed) -> String {
        let before = Duration.milliseconds(clamping: speed.before).readable
        let after = Duration.milliseconds(clamping: speed.after).readable
        let tenths = ((speed.factor * 10).rounded() / 10)
        return "\(speed.check) \(speed.figure): \(before) → \(after) (× \(tenths))"
    }

    private func difference(_ difference: RunComparison.Difference) -> String {
        "\(difference.name): \(difference.before) → \(difference.after)\(difference.isExpected ? " (expected)" : "")"
    }

    private var summary: TonedLine {
        let text =
            "\(comparison.new.count) new, \(comparison.fixed.count) fixed, \(comparison.stillFailing.count) still failing, "
            + "\(comparison.flaky.count) flaky, \(comparison.slower.count) slower, \(comparison.faster.count) faster, "
            + "\(comparison.notComparable.count) not comparable"
        return TonedLine(text, comparison.new.isEmpty ? .good : .bad)
    }
}
