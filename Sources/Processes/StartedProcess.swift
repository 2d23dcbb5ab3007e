import Foundation
import Glibc
import Synchronization

/// A long-lived child in a session of its own.
///
/// It is started behind a gate: until its number has been written down it only waits, and when we die before that it
/// ends by itself. So no moment exists in which it runs and nobody knows of it.
public final class StartedProcess: Sendable {
    public let process: ProcessIdentity
    private let hasEnded = Atomic(false)

    /// - Parameters:
    ///   - logPath: takes its output and errors.
    ///   - recorded: writes its number down; it starts to run when this returns, and ends when this throws.
    public init(
        _ launch: ProcessLaunch, logPath: String, recorded: (ProcessIdentity) throws -> Void
    ) throws {
        let program = launch.arguments.first ?? ""
        let log = open(logPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { if log >= 0 { close(log) } }
        guard log >= 0, let gate = Pipe() else {
            throw ProcessError(.notStarted, program: program, detail: "\(logPath): \(String(cString: strerror(errno)))")
        }
        defer { gate.closeBoth() }
        var gated = launch
        gated.arguments = ["/bin/sh", "-c", #"read go && exec "$@" < /dev/null"#, "sh"] + launch.arguments
        let pid = try gated.spawn(input: gate.reader, output: log, error: log)
        process = ProcessIdentity(pid: pid) ?? ProcessIdentity(pid: pid, startTime: 0)
        try recorded(process)
        _ = write(gate.writer, "go\n", 3)
    }

    /// Whether it still runs; collects it when it does not.
    public var isRunning: Bool {
        if hasEnded.load(ordering: .acquiring) { return false }
        var status: Int32 = 0
        guard waitpid(process.pid, &status, WNOHANG) == 0 else {
            hasEnded.store(true, ordering: .releasing)
            return false
        }
        return true
    }

    /// Asks its group to end, insists after the grace, and waits until it is gone. Works in a cancelled task too.
    public func end(grace: Duration = .seconds(2)) async {
        guard isRunning else { return }
        kill(-process.pid, SIGTERM)
        let until = ContinuousClock.now + grace
        while isRunning, ContinuousClock.now < until { await Self.shortPause() }
        if !hasEnded.load(ordering: .acquiring) { kill(-process.pid, SIGKILL) }
        while isRunning { await Self.shortPause() }
    }

    private static func shortPause() async {
        do { try await Task.sleep(for: .milliseconds(10)) } catch { usleep(5000) }
    }
}
