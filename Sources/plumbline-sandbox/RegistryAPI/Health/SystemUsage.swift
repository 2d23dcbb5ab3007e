import Formats
import Foundation
import Synchronization

/// What the kernel says about this machine and this process, from `/proc`.
struct SystemUsage: Sendable {
    /// Share of processor time used since the previous reading, 0–100.
    var processorPercent: Double
    /// Share of memory that is not available, 0–100.
    var memoryPercent: Double

    var body: JSONValue {
        ["cpu_percent": .number(processorPercent), "memory_percent": .number(memoryPercent)]
    }

    private static let lastReading = Mutex((busy: 0.0, total: 0.0))

    static var current: SystemUsage {
        let ticks = processorTicks()
        let percent = lastReading.withLock { last in
            defer { last = ticks }
            let total = ticks.total - last.total
            return total > 0 ? max(0, (ticks.busy - last.busy) / total * 100) : 0
        }
        let memory = fields(of: "/proc/meminfo")
        let total = memory["MemTotal"] ?? 0
        let used = total - (memory["MemAvailable"] ?? total)
        return SystemUsage(
            processorPercent: (percent * 10).rounded() / 10,
            memoryPercent: total > 0 ? (used / total * 1000).rounded() / 10 : 0)
    }

    /// Resident memory of this process in bytes; 0 when the kernel does not tell.
    static var residentBytes: Double { (fields(of: "/proc/self/status")["VmRSS"] ?? 0) * 1024 }

    static var virtualBytes: Double { (fields(of: "/proc/self/status")["VmSize"] ?? 0) * 1024 }

    /// Memory of this machine that new processes could have, in bytes; 0 when the kernel does not tell.
    static var availableBytes: Double { (fields(of: "/proc/meminfo")["MemAvailable"] ?? 0) * 1024 }

    /// Seconds of processor time this process has used.
    static var processorSeconds: Double {
        var usage = rusage()
        getrusage(numericCast(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1_000_000
    }

    static var openDescriptors: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    static var descriptorLimit: Double {
        var limit = rlimit()
        getrlimit(numericCast(RLIMIT_NOFILE.rawValue), &limit)
        return Double(limit.rlim_cur)
    }

    private static func processorTicks() -> (busy: Double, total: Double) {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let line = text.split(separator: "\n").first
        else { return (0, 0) }
        let ticks = line.split(separator: " ").dropFirst().compactMap { Double(finite: $0) }
        let idle = ticks.count > 4 ? ticks[3] + ticks[4] : 0
        let total = ticks.reduce(0, +)
        return (total - idle, total)
    }

    /// `Name:  number unit` lines, by name.
    private static func fields(of path: String) -> [String: Double] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [:] }
        var fields: [String: Double] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let number = parts[1].split(whereSeparator: \.isWhitespace).first else { continue }
            fields[String(parts[0])] = Double(finite: number)
        }
        return fields
    }
}
