import Formats
import Job
import RunModel
import Synchronization

/// One line for each check that ends, folded by phase where the pipeline can.
final class PlainProgress: ProgressDisplay {
    private let folding: Folding
    private let done = Mutex((count: 0, total: 0))

    init(folding: Folding) { self.folding = folding }

    var show: @Sendable (ProgressEvent) -> Void {
        { [self] event in
            switch event {
            // The marks of a pipeline are control sequences, around texts of our own.
            case .phaseStarted, .phaseFinished: StandardError.steer("\(text(of: event))")
            default: StandardError.write("\(text(of: event))")
            }
        }
    }

    private func text(of event: ProgressEvent) -> String {
        switch event {
        case .undoing(let count): return "undone: \(count) changes that an earlier run had left\n"
        case .started(let runID, let plan, let reused):
            let reuse = reused > 0 ? ", \(reused) results reused" : ""
            return "plumbline run \(runID): \(plan.selected.count) checks to run\(reuse)\n"
        case .resumed(let dropped):
            return dropped.isEmpty
                ? "the unfinished run goes on\n" : "the unfinished run goes on; made again: \(dropped.count) results\n"
        case .phaseStarted(let phase, let checks):
            done.withLock { $0 = (0, checks) }
            let count = phase <= .validation ? " (\(checks) checks)" : ""
            return folding.begin("phase \(phase.rawValue) \(phase.name)\(count)", name: "plumbline_\(phase.rawValue)")
        case .checkStarted: return ""
        case .checkFinished(let descriptor, let result): return line(descriptor, result)
        case .phaseFinished(let phase): return folding.end(name: "plumbline_\(phase.rawValue)")
        case .stopping(let interruption):
            return "stopping (\(interruption.rawValue)): undoing, then writing what there is\n"
        case .bundleWritten(let path, let sha256):
            return "bundle \(path)\nsha256 \(sha256)\nlook at it: plumbline report \(path)\n"
        case .finished(let line): return TerminalText.safe(line) + "\n"
        }
    }

    private func line(_ descriptor: CheckDescriptor, _ result: CheckResult) -> String {
        let count = done.withLock { done -> String in
            guard result.status != .skipped else { return "" }
            done.count += 1
            return "\(min(done.count, done.total))/\(done.total)"
        }
        let status = result.status.rawValue.padding(to: 12)
        return TerminalText.safe(
            "  \(count.padding(to: 7)) \(status) \(descriptor.id.rawValue.padding(to: 11)) \(result.duration.readable.padding(to: 9)) \(descriptor.title)"
                + (result.status == .passed ? "" : " — \(result.outcome.message)")) + "\n"
    }
}

extension String {
    /// The text with spaces after it, up to a width.
    func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
