import AWSClient
import Foundation

extension AWSItem {
    /// The last lines of the log groups.
    public static let logEvents = AWSItem(
        "logEvents", at: \.logEvents, actions: ["logs:FilterLogEvents"], on: .logGroups, from: [.services, .tasks]
    ) { collector, snapshot in
        let (client, end, services) = (collector.client, collector.now(), collector.settings.ecsServices.values)
        let begin = end.addingTimeInterval(-AWSSnapshotCollector.window)
        let limit = 10_000
        return await collector.each(collector.settings.logGroups) { (group) async throws(AWSError) -> LogExcerpt in
            let operation = Logs.filterLogEvents(
                group: group, from: begin, to: end, limit: 1000)
            let events = try await client.all(operation, limit: limit) { $0.events }
            // A service whose state could not be read may be the one that fails.
            let service = services.first { group.hasSuffix("/" + $0) }
            let trouble = service.flatMap { service -> Date? in
                do { return try snapshot.trouble(of: service, from: begin) } catch { return begin }
            }
            return LogExcerpt(events, isComplete: events.count < limit, troubleSince: trouble)
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
    public var isComplete: Bool
    public var errors: [Fingerprint]
    /// What stood around the last of them while the service was in trouble; empty for a service that is well.
    public var lines: [String]
}
