import Foundation
import Glibc
import Synchronization

/// The child process that undoes a run's changes when the run dies, or when a lease ends.
///
/// It lives in a session of its own, so that neither a terminal's interrupt nor a signal to the run's process group
/// reaches it. Its standard input is a socket whose other end only the run holds: end of file means the run is gone, by
/// whatever death.
public enum UndoGuardian {
    /// The guardian's whole life: `plumbline undo --guard` calls it and exits when it returns.
    ///
    /// - Parameters:
    ///   - replay: of the run's log.
    ///   - input: the descriptor of the socket.
    ///   - patience: how long to go on trying to undo after the run's death.
    /// - Returns: what was undone and what was not, over the whole life.
    public static func run(
        replay: UndoReplay, input: Int32 = 0, tick: Duration = .milliseconds(500), patience: Duration = .seconds(120)
    ) async throws(UndoLogError) -> UndoReport {
        for signalNumber in [SIGINT, SIGHUP, SIGTERM, SIGPIPE] { signal(signalNumber, SIG_IGN) }
        let parentIsGone = endOfFile(of: input)
        // Tells the run that changes may be made now.
        _ = write(input, "ready\n", 6)
        var report = UndoReport()
        while !parentIsGone.flag.load(ordering: .acquiring) {
            // A lease that cannot be undone now is tried again with the next tick; the end of the run decides.
            if let expired = try? await replay.run(.expired(Date()), by: "guardian", patience: .seconds(1)) {
                report.undone += expired.undone
            }
            try? await Task.sleep(for: tick)
        }
        let last = try await replay.run(.all, by: "guardian", patience: patience)
        report.undone += last.undone
        report.failed = last.failed
        return report
    }

    final class Signal: Sendable { let flag = Atomic(false) }

    private static func endOfFile(of descriptor: Int32) -> Signal {
        let signal = Signal()
        let thread = Thread {
            var buffer = [UInt8](repeating: 0, count: 64)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count > 0 || (count < 0 && errno == EINTR) { continue }
                break
            }
            signal.flag.store(true, ordering: .releasing)
        }
        thread.name = "guardian"
        thread.start()
        return signal
    }
}
