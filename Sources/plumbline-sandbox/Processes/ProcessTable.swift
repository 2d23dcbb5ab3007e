import Foundation
import Glibc

/// What the kernel tells about a process in `/proc/<pid>/stat` (proc_pid_stat(5)).
struct ProcessStatus: Sendable, Equatable {
    let pid: Int32
    let name: String
    let state: Character
    let parent: Int32
    let session: Int32
    /// Clock ticks between the boot and the start of the process; with the pid it names a process for good.
    let start: UInt64
    /// Resident memory, bytes.
    let residentBytes: UInt64

    /// A zombie has ended; only its parent has not asked yet.
    var isRunning: Bool { state != "Z" && state != "X" }
}

/// The processes of this machine.
enum ProcessTable {
    /// Changes with every boot, so that a record of an earlier one never matches.
    static func bootIdentifier() -> String {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
    }

    /// Nil when there is no such process.
    static func status(of pid: Int32) -> ProcessStatus? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
        else { return nil }
        // Counted from the state, field 3: the name before it may hold spaces and parentheses.
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 21, let state = fields[0].first, let parent = Int32(fields[1]),
            let session = Int32(fields[3]), let start = UInt64(fields[19]), let pages = UInt64(fields[21])
        else { return nil }
        return ProcessStatus(
            pid: pid, name: String(text[text.index(after: open)..<close]), state: state, parent: parent,
            session: session, start: start, residentBytes: pages * UInt64(sysconf(Int32(_SC_PAGESIZE))))
    }

    static func all() -> [ProcessStatus] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).compactMap(status(of:))
    }

    /// The working directory; nil when it is not ours to see.
    static func workingDirectory(of pid: Int32) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
    }
}
