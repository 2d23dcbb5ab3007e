import AWSClient
import Formats
import Foundation
import Secrets

extension LogExcerpt {
    /// Most fingerprints kept of one group.
    private static let largestCount = 50

    /// What led to the first sign of trouble stands this many seconds before it at most.
    private static let leadIn: TimeInterval = 120

    /// The lines of a reading.
    init(_ reading: LogReading, troubleSince: Date? = nil) {
        self.init(reading.events, isComplete: reading.secondsMissed == 0, troubleSince: troubleSince)
        secondsSearched = reading.secondsSearched
        secondsMissed = reading.secondsMissed
    }

    /// Counts the lines that report an error, alike ones together.
    ///
    /// - Parameter troubleSince: since when the service fails; nil for one that is well, of which no line is kept but
    ///   those around a fatal error.
    init(_ events: [Logs.Event], isComplete: Bool, troubleSince: Date? = nil) {
        var byText: [String: Fingerprint] = [:]
        var shownError: Int?
        for (index, event) in events.enumerated() where Self.isError(event.message) {
            let line = Self.shown(event.message)
            let text = Self.fingerprint(line)
            let date = Date(timeIntervalSince1970: Double(event.timestamp) / 1000)
            let isInTrouble = troubleSince.map { date >= $0.addingTimeInterval(-Self.leadIn) } ?? false
            if isInTrouble || Self.isFatal(line) { shownError = index }
            if var known = byText[text] {
                known.count += 1
                known.firstSeen = min(known.firstSeen, date)
                known.lastSeen = max(known.lastSeen, date)
                byText[text] = known
            } else {
                byText[text] = Fingerprint(text: text, count: 1, firstSeen: date, lastSeen: date, example: line)
            }
        }
        lines = shownError.map { Self.surroundings(of: $0, in: events) } ?? []
        linesRead = events.count
        self.isComplete = isComplete
        errors = Array(byText.values.sorted { ($1.count, $0.text) < ($0.count, $1.text) }.prefix(Self.largestCount))
    }

    /// A line as it may be shown.
    private static func shown(_ message: String) -> String { HiddenValue.masked(text: message.excerpt(1000)) }

    /// What the same stream said around one line: its cause stands before it, its traceback after it.
    private static func surroundings(of index: Int, in events: [Logs.Event]) -> [String] {
        let stream = events[index].logStreamName
        let before = events[..<index].lazy.reversed().filter { $0.logStreamName == stream }.prefix(15)
        let after = events[(index + 1)...].lazy.filter { $0.logStreamName == stream }.prefix(15)
        return (before.reversed() + [events[index]] + after).map { event in
            Timestamp.text(Date(timeIntervalSince1970: Double(event.timestamp) / 1000)) + " " + shown(event.message)
        }
    }

    static func isError(_ line: String) -> Bool {
        let words = #/\b(ERROR|CRITICAL|FATAL|Exception|Traceback|panic:|exec format error|OOM|Killed)\b|Error:/#
        guard let match = line.firstMatch(of: words) else { return false }
        // A line that says of itself that it only informs may speak of errors.
        return !line[..<match.range.lowerBound].contains(
            #/\b(INFO|DEBUG|TRACE)\b|"?(?i:level|severity)"?\s*[:=]\s*"?(?i:info|debug|trace)\b/#)
    }

    /// Errors with which a service does not start or does not live on.
    static func isFatal(_ line: String) -> Bool {
        line.contains(
            #/exec format error|OutOfMemory|SyntaxError|ImportError|ModuleNotFoundError|FATAL|panic:/#)
    }

    /// The line without what differs from one occurrence to the next: moments, identifiers, addresses, numbers.
    static func fingerprint(_ line: String) -> String {
        var text = line.excerpt(400)
        text = text.replacing(#/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?/#, with: "<time>")
        text = text.replacing(
            #/[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/#, with: "<id>")
        text = text.replacing(#/\b[0-9a-f]{16,}\b/#, with: "<id>")
        text = text.replacing(#/\d+/#, with: "<n>")
        return text.excerpt(200)
    }
}
