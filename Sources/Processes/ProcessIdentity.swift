import Foundation
import Glibc

/// A process that cannot be mistaken for a later one with the same number.
public struct ProcessIdentity: Hashable, Sendable, Codable {
    public var pid: Int32
    /// In clock ticks since boot: field 22 of `/proc/PID/stat` (proc(5)).
    public var startTime: UInt64

    public init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// The process that has this number now; nil when there is none.
    public init?(pid: Int32) {
        guard let fields = Self.statistics(of: pid), fields.count > 19, let ticks = UInt64(fields[19]) else {
            return nil
        }
        self.init(pid: pid, startTime: ticks)
    }

    /// Whether it still runs; a process that has ended and waits to be collected does not.
    public var isRunning: Bool {
        guard let fields = Self.statistics(of: pid), fields.count > 19 else { return false }
        return UInt64(fields[19]) == startTime && fields[0] != "Z" && fields[0] != "X"
    }

    /// The fields from the third on. The name before them is in brackets and may itself hold spaces and brackets.
    private static func statistics(of pid: Int32) -> [Substring]? {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let bracket = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: bracket)...].split(separator: " ")
    }
}
