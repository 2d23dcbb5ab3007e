import Formats
import Foundation
import Glibc

/// A service's process on this machine, as the kernel sees it: `/proc`, and the files of its control group.
struct LocalProcess: Sendable {
    let pid: Int32
    private var proc = "/proc"
    private var groups = "/sys/fs/cgroup"

    /// - Parameter pidFile: a file whose first word is the process id.
    /// - Returns: nil when the file names no process that runs.
    init?(pidFile: String) {
        guard let word = Self.text(pidFile)?.split(whereSeparator: \.isWhitespace).first, let pid = Int32(word),
            Self.text("/proc/\(pid)/stat") != nil
        else { return nil }
        self.pid = pid
    }

    /// For tests: other places than `/proc` and `/sys/fs/cgroup`.
    init(pid: Int32, proc: String, groups: String) {
        self.pid = pid
        self.proc = proc
        self.groups = groups
    }

    /// Nil when the process is gone.
    var figures: ProcessFigures? {
        guard let stat = Self.text("\(proc)/\(pid)/stat"), let memory = Self.text("\(proc)/\(pid)/statm") else {
            return nil
        }
        // The name in parentheses may hold blanks; what follows it is numbered from the state, field 3 (proc(5)).
        let fields = stat.split(separator: ")").last?.split(separator: " ").map(String.init) ?? []
        guard fields.count > 19, let user = Double(finite: fields[11]), let system = Double(finite: fields[12]),
            let start = Double(finite: fields[19]),
            let pages = memory.split(separator: " ").dropFirst().first.flatMap({ Double(finite: $0) })
        else { return nil }
        return ProcessFigures(
            processorSeconds: (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))),
            memoryBytes: pages * Double(sysconf(Int32(_SC_PAGESIZE))), startTime: start)
    }

    /// What the limits of the process's control group did to it (cgroup v2); nil where it has none.
    struct Group: Equatable {
        /// Seconds in which it was ready and not allowed to run.
        var throttledSeconds: Double
        var memoryBytes: Double?
        /// Nil without a limit.
        var memoryLimit: Double?
    }

    var group: Group? {
        let line = Self.text("\(proc)/\(pid)/cgroup")?.split(separator: "\n").first { $0.hasPrefix("0::") }
        guard let path = line?.dropFirst(3), let usage = Self.text("\(groups)\(path)/cpu.stat") else { return nil }
        let rows = usage.split(separator: "\n").map { $0.split(separator: " ") }
        guard let throttled = rows.first(where: { $0.first == "throttled_usec" })?.last.flatMap({ Double(finite: $0) })
        else {
            return nil
        }
        return Group(
            throttledSeconds: throttled / 1e6, memoryBytes: number("\(groups)\(path)/memory.current"),
            memoryLimit: number("\(groups)\(path)/memory.max"))
    }

    private func number(_ path: String) -> Double? {
        Self.text(path).flatMap { Double(finite: $0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
