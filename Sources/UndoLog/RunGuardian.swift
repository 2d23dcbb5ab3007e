import Durable
import Foundation
import Glibc
import Processes
import Synchronization

/// The run's side of the guardian: one process for the whole run, there before the first change is made.
public final class RunGuardian: Sendable {
    private struct Started {
        let process: ProcessIdentity
        let socket: Int32
        var isReady = false
    }

    private let arguments: [String]
    private let logPath: String
    private let patience: Duration
    private let started = Mutex<Started?>(nil)

    /// - Parameters:
    ///   - arguments: a command line that ends in ``UndoGuardian/run(replay:input:tick:patience:)``.
    ///   - logPath: where its output goes; it must not hold the run's own output open.
    ///   - patience: how long it may take to get ready.
    public init(arguments: [String], logPath: String, patience: Duration = .seconds(30)) {
        self.arguments = arguments
        self.logPath = logPath
        self.patience = patience
    }

    deinit { if let socket = started.withLock({ $0.take() })?.socket { close(socket) } }

    /// The process, if it is there to help.
    public var process: ProcessIdentity? {
        started.withLock { $0?.process }.flatMap { $0.isRunning ? $0 : nil }
    }

    /// Starts it, unless it runs, without waiting until it is ready.
    public func start() throws(ProcessError) {
        try started.withLock { (started) throws(ProcessError) in try start(&started) }
    }

    /// Starts it, unless it runs, and waits until it watches. Several callers at once get the same one.
    public func ensureReady() throws(ProcessError) {
        try started.withLock { (started) throws(ProcessError) in
            try start(&started)
            guard let current = started, !current.isReady else { return }
            guard isReady(current.socket) else {
                kill(current.process.pid, SIGKILL)
                close(current.socket)
                started = nil
                throw ProcessError(
                    .notStarted, program: arguments.first ?? "",
                    detail: "it ended or was not ready within \(patience); its log is \(logPath)")
            }
            started?.isReady = true
        }
    }

    /// Lets it go, as the end of the run would, and waits until it has ended. What is open is undone by it first.
    public func release(within patience: Duration = .seconds(10)) async {
        guard let current = started.withLock({ $0.take() }) else { return }
        close(current.socket)
        let until = ContinuousClock.now + patience
        var status: Int32 = 0
        while waitpid(current.process.pid, &status, WNOHANG) == 0, ContinuousClock.now < until {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { usleep(5000) }
        }
    }

    private func start(_ started: inout Started?) throws(ProcessError) {
        if let current = started {
            if current.process.isRunning { return }
            close(current.socket)
            started = nil
        }
        let program = arguments.first ?? ""
        let log = PrivateFile.open(logPath, O_WRONLY | O_CREAT | O_APPEND)
        defer { if log >= 0 { close(log) } }
        var ends: [Int32] = [-1, -1]
        guard log >= 0, socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw ProcessError(.notStarted, program: program, detail: String(cString: strerror(errno)))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        do throws(ProcessError) {
            let pid = try ProcessLaunch(
                arguments: arguments, environment: LaunchEnvironment.variables
            ).spawn(input: ends[1], output: log, error: log)
            let process = ProcessIdentity(pid: pid) ?? ProcessIdentity(pid: pid, startTime: 0)
            started = Started(process: process, socket: ends[0])
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// Waits for the first byte that it writes; end of file means that it has ended.
    private func isReady(_ socket: Int32) -> Bool {
        let until = ContinuousClock.now + patience
        while ContinuousClock.now < until {
            var polled = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            let count = poll(&polled, 1, 100)
            if count == 0 || (count < 0 && errno == EINTR) { continue }
            var byte: UInt8 = 0
            return count > 0 && read(socket, &byte, 1) == 1
        }
        return false
    }
}
