import Foundation
import Glibc
import Processes
import UndoLog

/// Stops a process on this machine in its tracks and lets it go on afterwards.
public struct ProcessFault: FaultInjector {
    private let process: ProcessIdentity
    private let name: String

    /// - Parameter name: what the process is, for people.
    public init(_ process: ProcessIdentity, name: String) {
        self.process = process
        self.name = name
    }

    public var summary: String { "process \(process.pid) (\(name)) stopped" }

    public func undoActions() async throws(FaultError) -> [UndoAction] {
        guard process.isRunning else {
            throw FaultError(.alreadyDisturbed, fault: summary, detail: "the process does not run")
        }
        return [.process(.init(pid: process.pid, startTime: process.startTime, signal: SIGCONT))]
    }

    public func inject() async throws(FaultError) {
        guard process.isRunning, kill(process.pid, SIGSTOP) == 0 else {
            throw FaultError(.injectorFailed, fault: summary, detail: String(cString: strerror(errno)))
        }
    }

    public func isInPlace() async throws(FaultError) -> Bool {
        // The state letter is T once the signal has been delivered, which may take a moment.
        for _ in 0..<50 {
            let status = FileManager.default.contents(atPath: "/proc/\(process.pid)/status") ?? Data()
            let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
            if lines.contains(where: { $0.hasPrefix("State:\tT") }) { return true }
            do { try await Task.sleep(for: .milliseconds(10)) } catch { return false }
        }
        return false
    }
}
