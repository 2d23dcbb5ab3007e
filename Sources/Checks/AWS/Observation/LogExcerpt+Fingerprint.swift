import AWSClient
import Foundation

extension LogExcerpt {
    /// Most fingerprints kept of one group.
    private static let largestCount = 50

    /// Counts the lines that report an error, alike ones together.
    init(_ events: [Logs.Event], isComplete: Bool) {
        var byText: [String: Fingerprint] = [:]
        for event in events where Self.isError(event.message) {
            let text = Self.fingerprint(event.message)
            let date = Date(timeIntervalSince1970: Double(event.timestamp) / 1000)
            if var known = byText[text] {
                known.count += 1
                known.firstSeen = min(known.firstSeen, date)
                known.lastSeen = max(known.lastSeen, date)
                byText[text] = known
            } else {
                byText[text] = Fingerprint(
                    text: text, count: 1, firstSeen: date, lastSeen: date, example: String(event.message.prefix(1000)))
            }
        }
        linesRead = events.count
        self.isComplete = isComplete
        errors = Array(byText.values.sorted { ($1.count, $0.text) < ($0.count, $1.text) }.prefix(Self.largestCount))
    }

    static func isError(_ line: String) -> Bool {
        line.contains(#/\b(ERROR|CRITICAL|FATAL|Exception|Traceback|panic:|exec format error|OOM|Killed)\b|Error:/#)
    }

    /// The line without what differs from one occurrence to the next: moments, identifiers, addresses, numbers.
    static func fingerprint(_ line: String) -> String {
        var text = String(line.prefix(400))
        text = text.replacing(#/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?/#, with: "<time>")
        text = text.replacing(
            #/[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/#, with: "<id>")
        text = text.replacing(#/\b[0-9a-f]{16,}\b/#, with: "<id>")
        text = text.replacing(#/\d+/#, with: "<n>")
        return String(text.prefix(200))
    }
}
