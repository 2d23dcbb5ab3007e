import Foundation

/// The name of one process for good: its pid, when it started, and in which boot of the machine.
struct ProcessRecord: Sendable, Codable, Equatable {
    let pid: Int32
    /// Clock ticks since the boot.
    let start: UInt64
    let boot: String

    init(pid: Int32, start: UInt64, boot: String) {
        self.pid = pid
        self.start = start
        self.boot = boot
    }

    /// Reads the line that a launched process writes about itself: pid, start, boot.
    init?(line: String) {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let pid = Int32(words[0]), pid > 1, let start = UInt64(words[1]) else { return nil }
        self.init(pid: pid, start: start, boot: String(words[2]))
    }

    /// Whether exactly this process still runs; a stranger that got the same pid later does not count.
    var isRunning: Bool {
        guard let status = ProcessTable.status(of: pid) else { return false }
        return status.isRunning && status.start == start && boot == ProcessTable.bootIdentifier()
    }

    /// This process and every other of its session that still runs.
    ///
    /// Each part is the leader of a session of its own. When the leader is gone its session may live on; the kernel keeps
    /// a pid out of use while a session has that number, and the working directory is the second witness.
    func members(workingDirectory: String) -> [ProcessStatus] {
        guard boot == ProcessTable.bootIdentifier() else { return [] }
        let leader = ProcessTable.status(of: pid)
        if let leader, leader.start != start { return [] }
        return ProcessTable.all().filter { process in
            guard process.isRunning, process.start >= start else { return false }
            if process.pid == pid { return true }
            guard process.session == pid else { return false }
            if let leader, leader.isRunning { return true }
            return ProcessTable.workingDirectory(of: process.pid)?.hasPrefix(workingDirectory) ?? false
        }
    }
}
