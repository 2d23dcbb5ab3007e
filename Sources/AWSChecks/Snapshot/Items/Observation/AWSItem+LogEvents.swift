import AWSClient
import Foundation

extension AWSItem {
    /// The lines of the log groups in the window, from its end backwards.
    public static let logEvents = AWSItem(
        "logEvents", at: \.logEvents, actions: ["logs:FilterLogEvents"], on: .logGroups, from: [.services, .tasks]
    ) { collector, snapshot in
        let (client, end, services) = (collector.client, collector.now(), collector.settings.ecsServices.values)
        let begin = end.addingTimeInterval(-AWSSnapshotCollector.window)
        return await collector.each(collector.settings.logGroups) { (group) async throws(AWSError) -> LogExcerpt in
            let reading = try await LogReading.read(group, from: begin, to: end, with: client)
            // A service whose state could not be read may be the one that fails.
            let service = services.first { group.hasSuffix("/" + $0) }
            let trouble = service.flatMap { service -> Date? in
                do { return try snapshot.trouble(of: service, from: begin) } catch { return begin }
            }
            return LogExcerpt(reading, troubleSince: trouble)
        }
    }
}

extension AWSSnapshot {
    /// By log group.
    public var logEvents: [String: Collected<LogExcerpt>] {
        get { self[table: .logEvents] }
        set { self[table: .logEvents] = newValue }
    }
}

/// The lines of a log group in the window that look like errors, counted by fingerprint.
public struct LogExcerpt: Sendable, Codable, Hashable {
    public struct Fingerprint: Sendable, Codable, Hashable {
        public var text: String
        public var count: Int
        public var firstSeen: Date
        public var lastSeen: Date
        /// One line as it stood.
        public var example: String
    }
    public var linesRead: Int
    /// Whether every line of the window was read, or searched for the words of errors.
    public var isComplete: Bool
    public var errors: [Fingerprint]
    /// What stood around the last of them while the service was in trouble; empty for a service that is well.
    public var lines: [String]
    /// Seconds at the window's begin whose lines were searched for the words of errors and not read otherwise; nil in older snapshots.
    public var secondsSearched: Double?
    /// Seconds of the window of which nothing is known; nil in older snapshots.
    public var secondsMissed: Double?
}

/// The lines of a log group in a window.
struct LogReading {
    /// In the order of time.
    var events: [Logs.Event] = []
    var secondsSearched: Double = 0
    var secondsMissed: Double = 0

    /// Lines that are read of one group.
    static let largestCount = 10_000
    /// The newest part that is asked for first, in seconds; each part before it is twice as long.
    private static let firstPart: TimeInterval = 60
    /// Parts are not cut below this.
    private static let shortestPart: TimeInterval = 1

    /// The words of error lines as a filter pattern takes them: any of them.
    static let pattern = [
        "ERROR", "Error", "CRITICAL", "FATAL", "Exception", "Traceback", "\"panic:\"", "\"exec format error\"",
        "OutOfMemory", "OOM", "Killed",
    ].map { "?" + $0 }.joined(separator: " ")

    /// Reads from the end backwards: FilterLogEvents gives the oldest lines first, and the newest are those that count. What does not fit is
    /// searched by the words of errors, so that a busy hour is covered as well.
    static func read(
        _ group: String, from begin: Date, to end: Date, with client: AWSClient
    ) async throws(AWSError) -> LogReading {
        var reading = LogReading()
        var (upper, length) = (end, firstPart)
        while upper > begin {
            let lower = max(begin, upper.addingTimeInterval(-length))
            let room = largestCount - reading.events.count
            let events = try await lines(of: group, from: lower, to: upper, atMost: room, with: client)
            if let events {
                reading.events = events + reading.events
                (upper, length) = (lower, length * 2)
            } else if reading.events.isEmpty, upper.timeIntervalSince(lower) > shortestPart {
                // Even the newest part holds more than is read: its newest half first.
                length = upper.timeIntervalSince(lower) / 2
            } else {
                try await reading.search(group, from: begin, to: upper, with: client)
                break
            }
        }
        return reading
    }

    /// Nil when there are more.
    private static func lines(
        of group: String, from: Date, to: Date, atMost room: Int, with client: AWSClient
    ) async throws(AWSError) -> [Logs.Event]? {
        guard room > 0 else { return nil }
        let operation = Logs.filterLogEvents(group: group, from: from, to: to, limit: 1000)
        let events = try await client.all(operation, limit: room + 1) { $0.events }
        return events.count <= room ? events : nil
    }

    private mutating func search(
        _ group: String, from begin: Date, to upper: Date, with client: AWSClient
    ) async throws(AWSError) {
        let operation = Logs.filterLogEvents(group: group, from: begin, to: upper, limit: 1000, pattern: Self.pattern)
        let found = try await client.all(operation, limit: Self.largestCount + 1) { $0.events }
        events = found + events
        secondsSearched = upper.timeIntervalSince(begin)
        if found.count > Self.largestCount, let last = found.last {
            // The oldest come first: what follows the last one was not seen.
            let seen = Date(timeIntervalSince1970: Double(last.timestamp) / 1000)
            secondsMissed = max(1, upper.timeIntervalSince(seen))
            secondsSearched -= min(secondsSearched, secondsMissed)
        }
    }
}
