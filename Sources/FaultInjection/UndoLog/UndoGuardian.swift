import Formats
import Foundation
import Glibc
import RunModel
import Synchronization

/// The child process that undoes a run's faults when the run dies, or when a lease ends.
///
/// It lives in a session of its own, so that neither a terminal's interrupt nor a signal to the run's process group
/// reaches it. Its standard input is a pipe whose other end only the run holds: end of file means the run is gone, by
/// whatever death.
public enum UndoGuardian {
    /// The guardian's whole life: `plumbline undo --guard` calls it and exits when it returns.
    ///
    /// - Parameters:
    ///   - input: the descriptor of the pipe.
    ///   - patience: how long to go on trying to undo after the run's death.
    /// - Returns: what was undone and what was not, over the whole life.
    public static func run(
        replay: UndoReplay, runID: RunID, input: Int32 = 0, tick: Duration = .milliseconds(500),
        patience: Duration = .seconds(120)
    ) async throws(UndoLogError) -> UndoReport {
        for signalNumber in [SIGINT, SIGHUP, SIGTERM, SIGPIPE] { signal(signalNumber, SIG_IGN) }
        let parentIsGone = endOfFile(of: input)
        var report = UndoReport()
        while !parentIsGone.flag.load(ordering: .acquiring) {
            // A lease that cannot be undone now is tried again with the next tick; the end of the run decides.
            if let expired = try? await replay.run(.expired(Date()), by: "guardian", patience: .seconds(1)) {
                report.undone += expired.undone
            }
            try? await Task.sleep(for: tick)
        }
        let last = try await replay.run(.run(runID), by: "guardian", patience: patience)
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

/// The run's side of the guardian.
public final class GuardianProcess: Sendable {
    public let process: ProcessIdentity
    private let writer: Mutex<Int32?>

    /// Starts the guardian.
    ///
    /// - Parameters:
    ///   - arguments: a command line that ends in ``UndoGuardian/run(replay:runID:input:tick:patience:)``.
    ///   - logPath: where its output goes; it must not hold the run's own output open.
    public init(arguments: [String], logPath: String) throws(ProcessError) {
        let program = arguments.first ?? ""
        let log = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { if log >= 0 { close(log) } }
        guard log >= 0, let pipe = Pipe() else {
            throw ProcessError(.notStarted, program: program, detail: String(cString: strerror(errno)))
        }
        defer { close(pipe.reader) }
        do {
            let pid = try ProcessLaunch(arguments: arguments).spawn(input: pipe.reader, output: log, error: log)
            process = ProcessIdentity(pid: pid) ?? ProcessIdentity(pid: pid, startTime: 0)
            writer = Mutex(pipe.writer)
        } catch {
            close(pipe.writer)
            throw error
        }
    }

    /// Whether it is there to help.
    public var isRunning: Bool { process.isRunning }

    /// Lets it go, as the end of the run would, and waits until it has ended.
    public func release(within patience: Duration = .seconds(10)) async {
        guard let descriptor = writer.withLock({ $0.take() }) else { return }
        close(descriptor)
        let until = ContinuousClock.now + patience
        var status: Int32 = 0
        while waitpid(process.pid, &status, WNOHANG) == 0, ContinuousClock.now < until {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { usleep(5000) }
        }
    }

    deinit { if let descriptor = writer.withLock({ $0.take() }) { close(descriptor) } }
}
