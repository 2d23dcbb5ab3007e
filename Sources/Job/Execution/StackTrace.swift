import Formats
import Foundation

/// Finds the error that belongs to a failure, with its stack trace, among the lines of a log.
struct StackTrace {
    /// Lines of the log, oldest first.
    let lines: [Substring]
    /// When the check ran.
    let window: ClosedRange<Date>
    /// The pages that the check asked for. An error that names one of them comes before any later one.
    let pages: [String]

    private static let mostLines = 60
    private static let linesBefore = 3

    init(_ text: String, window: ClosedRange<Date>, pages: [String] = []) {
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        self.window = window
        self.pages = pages
    }

    /// The last error of the window, of those that name a page if any does: a few lines before it, the error, and the trace that
    /// follows, with the page that it names; nil when no line of the window is an error.
    var found: (text: String, page: String?)? {
        let times = lines.map(Self.time)
        var current: Date?
        var candidate: Int?
        var named: (index: Int, page: String)?
        for (index, line) in lines.enumerated() {
            current = times[index] ?? current
            guard Self.isError(line), let current, window.contains(current) else { continue }
            // A trace ends with its error: what counts is where it begins.
            if let open = candidate, index - open < Self.mostLines, lines[open].contains(Self.opening) { continue }
            candidate = index
            if let page = pages.first(where: { Self.names($0, line) }) { named = (index, page) }
        }
        guard let candidate = named?.index ?? candidate else { return nil }
        // What was written before the check belongs to something else.
        var begin = candidate
        while begin > max(0, candidate - Self.linesBefore), times[begin - 1].map(window.contains) ?? true { begin -= 1 }
        var end = candidate + 1
        var hasEnded = !lines[candidate].contains(Self.opening)
        while end < lines.count, end - begin < Self.mostLines {
            let line = lines[end]
            let continues = line.first?.isWhitespace ?? true || line.contains(Self.opening) || Self.isCause(line)
            if hasEnded, !continues { break }
            // The line that is not indented any more names the error.
            if !continues { hasEnded = true }
            end += 1
        }
        return (lines[begin..<end].joined(separator: "\n"), named?.page)
    }

    /// Whether a line names a page, and not one below it.
    private static func names(_ page: String, _ line: Substring) -> Bool {
        line.ranges(of: page).contains { range in
            guard let next = line[range.upperBound...].first else { return true }
            return !(next.isLetter || next.isNumber || "/-_".contains(next))
        }
    }

    private static let opening = "Traceback (most recent call last)"

    private static func isError(_ line: Substring) -> Bool {
        if line.contains(opening) { return true }
        return errorWords.contains { line.contains($0) }
    }

    private static func isCause(_ line: Substring) -> Bool {
        ["During handling of the above exception", "The above exception was", "Caused by:", "at "].contains {
            line.hasPrefix($0)
        }
    }

    private static let errorWords = [
        "ERROR", "FATAL", "CRITICAL", "PANIC", "Exception", "Error:", "[error]", "[crit]", "panic:", "level=error",
    ]

    /// The moment at the beginning of a line, in the forms that servers write: `2026-01-02T03:04:05`, `2026-01-02 03:04:05`,
    /// `2026/01/02 03:04:05`, taken as UTC; nil for a line without one.
    static func time(of line: Substring) -> Date? {
        let head = line.prefix(64)
        guard let match = head.firstMatch(of: #/(\d{4})[-\/](\d{2})[-\/](\d{2})[T ](\d{2}:\d{2}:\d{2})/#) else {
            return nil
        }
        return Timestamp.date("\(match.1)-\(match.2)-\(match.3)T\(match.4)Z")
    }
}
