import Formats
import Job
import RunModel

/// Where the time of a run went, for a reader at a terminal.
struct TimingText {
    let timing: RunTiming

    var lines: [TonedLine] {
        heading + [TonedLine("")] + path + [TonedLine("")] + shares
    }

    private var heading: [TonedLine] {
        var table = TextTable(["phase", "took", "its checks together"])
        for phase in timing.phases { table.add([phase.phase, text(phase.wall), text(phase.checks)]) }
        return [TonedLine("\(text(timing.wall)) from the start of the run to the end of its last check", .heading)]
            + table.lines.map { TonedLine($0) }
    }

    private var path: [TonedLine] {
        var table = TextTable(["at", "took", "idle before", "check", "waited for"])
        for step in timing.path {
            table.add([text(step.at), text(step.took), text(step.gap), step.check.rawValue, step.after.rawValue])
        }
        return [TonedLine("The checks that determined the time (\(timing.path.count))", .heading)]
            + table.lines.map { TonedLine($0) }
    }

    private var shares: [TonedLine] {
        var table = TextTable(["on that path", "took"])
        for (kind, seconds) in timing.shares { table.add([kind.rawValue, text(seconds)]) }
        table.add(["between checks", text(timing.gaps)])
        return table.lines.map { TonedLine($0) }
    }

    private func text(_ seconds: Double) -> String { Duration.seconds(clamping: seconds).readable }
}
