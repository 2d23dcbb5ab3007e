import Formats
import Foundation
import Job
import RunModel
import Secrets
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A view on a terminal that redraws itself: phase, counts, what runs now, and what went wrong as it happens.
final class LiveProgress: ProgressDisplay {
    private struct State {
        var phase: Phase?
        var total = 0
        var ended = 0
        var counts: [Status: Int] = [:]
        var running: [CheckID: (title: String, since: ContinuousClock.Instant)] = [:]
        var phaseSince = ContinuousClock.now
        var drawnLines = 0
        var ticker: Task<Void, Never>?
    }

    private let state = Mutex(State())

    var show: @Sendable (ProgressEvent) -> Void {
        { [self] event in state.withLock { apply(event, to: &$0) } }
    }

    private func apply(_ event: ProgressEvent, to state: inout State) {
        switch event {
        case .undoing(let count): say("undone: \(count) changes that an earlier run had left", &state)
        case .started(let runID, let plan, let reused):
            say(
                "plumbline run \(runID): \(plan.selected.count) checks\(reused > 0 ? ", \(reused) results reused" : "")",
                &state)
            startTicking(&state)
        case .resumed(let dropped): say("the unfinished run goes on, \(dropped.count) results are made again", &state)
        case .phaseStarted(let phase, let checks):
            state.phase = phase
            state.total = checks
            state.ended = 0
            state.counts = [:]
            state.phaseSince = .now
            draw(&state)
        case .checkStarted(let descriptor):
            state.running[descriptor.id] = (descriptor.title, .now)
            draw(&state)
        case .checkFinished(let descriptor, let result):
            state.running[descriptor.id] = nil
            if result.status != .skipped { state.ended += 1 }
            state.counts[result.status, default: 0] += 1
            if [.failed, .timeout, .error, .inconclusive, .flaky].contains(result.status) {
                say(
                    "\(mark(result.status)) \(descriptor.id) \(result.status.rawValue): \(result.outcome.message)",
                    &state)
            } else {
                draw(&state)
            }
        case .phaseFinished(let phase):
            let counts = Status.allCases.compactMap { status in state.counts[status].map { "\($0) \(status.rawValue)" }
            }
            say(
                "\(mark(of: state.counts)) phase \(phase.rawValue) \(phase.name) \((ContinuousClock.now - state.phaseSince).readable)"
                    + (counts.isEmpty ? "" : ": \(counts.joined(separator: ", "))"), &state)
        case .stopping(let interruption):
            say("stopping (\(interruption.rawValue)): undoing, then writing what there is", &state)
        case .bundleWritten(let path, _):
            say("bundle \(path)", &state)
            say("look at it: plumbline report \(path)", &state)
        case .finished(let line):
            state.ticker?.cancel()
            state.phase = nil
            say(line, &state)
        }
    }

    private func startTicking(_ state: inout State) {
        state.ticker = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(500))
                self?.redraw()
            }
        }
    }

    private func redraw() { state.withLock { draw(&$0) } }

    /// A phase is ticked only when all that was looked at is well.
    private func mark(of counts: [Status: Int]) -> String {
        let worst = Status.rollUp(counts.filter { $0.value > 0 && $0.key != .skipped }.keys)
        return worst == .passed || counts.isEmpty ? "✓" : mark(worst)
    }

    private func mark(_ status: Status) -> String {
        switch status {
        case .failed, .timeout, .error: "✗"
        case .flaky: "~"
        default: "?"
        }
    }

    /// Prints a line that stays, above the view.
    private func say(_ line: String, _ state: inout State) {
        erase(&state)
        StandardError.write("\(TerminalText.safe(line))\n")
        draw(&state)
    }

    private func erase(_ state: inout State) {
        guard state.drawnLines > 0 else { return }
        StandardError.steer("\u{1B}[\(state.drawnLines)A\u{1B}[J")
        state.drawnLines = 0
    }

    private func draw(_ state: inout State) {
        erase(&state)
        guard let phase = state.phase else { return }
        var lines = [headline(phase, state)]
        let running = state.running.sorted { $0.value.since < $1.value.since }
        lines += running.prefix(6).map { id, check in
            "  … \(id) \((ContinuousClock.now - check.since).readable.padding(to: 8)) \(check.title)"
        }
        if running.count > 6 { lines.append("  … and \(running.count - 6) more") }
        let width = terminalWidth
        // Masked before it is cut to the width.
        let redacted: [RedactedText] = lines.map { "\($0)" }
        StandardError.write(redacted.map { $0.terminalSafe.prefix(width - 1) + "\n" }.joined())
        state.drawnLines = lines.count
    }

    private func headline(_ phase: Phase, _ state: State) -> String {
        guard state.total > 0 else { return "phase \(phase.rawValue) \(phase.name)" }
        let width = 20
        let filled = min(width, state.ended * width / state.total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        return "phase \(phase.rawValue) \(phase.name) \(bar) \(state.ended)/\(state.total)\(timeLeft(state))"
    }

    /// By the pace of this phase so far; nothing before a fifth of it is done.
    private func timeLeft(_ state: State) -> String {
        guard state.ended * 5 >= state.total, state.ended < state.total, state.ended > 0 else { return "" }
        let elapsed = ContinuousClock.now - state.phaseSince
        return ", about \((elapsed / state.ended * (state.total - state.ended)).readable) left"
    }

    private var terminalWidth: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }
}
