import CheckKit
import Formats
import Processes
import RunModel

/// What the run's times are worth: how short of processors the job's own machine was.
///
/// It wants to be alone and has one of the last numbers of its category, so that it looks back on nearly the whole run.
struct ProcessorSupply: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-98", title: "The machine of the job had processor time enough to judge times",
            intent: "On a starved machine every answer looks slow, and nothing seems to answer in time.",
            procedure:
                "During the whole run: how late the job's own threads and tasks start, how long anybody waited for a processor "
                + "(`/proc/pressure/cpu`), what the host gave to others. Verdicts about time are inconclusive while it was starved.",
            category: .performance, phase: .validation, severity: .low, excludes: [.everything],
            risk: "Slowness of the test machine is taken for slowness of the platform.",
            remediation: Remediation(
                summary: "Give the task more processors, or keep other work off its machine."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        guard let watch = context.services[StarvationWatch.self] else {
            return .skipped("nobody watched this machine")
        }
        let starvation = watch.sinceStart
        context.recorder.measure(Metric("machine.longest_pause", starvation.longestPause, .seconds))
        if let waiting = starvation.waiting {
            context.recorder.measure(Metric("machine.processor_waiting", waiting, .ratio))
        }
        if let stolen = starvation.stolen {
            context.recorder.measure(Metric("machine.processor_stolen", stolen, .ratio))
        }
        return starvation.isSevere
            ? .inconclusive(
                .obstacle(.starved, of: .vantage), "this machine was too busy to judge times: \(starvation.text)")
            : .passed(starvation.text)
    }
}
