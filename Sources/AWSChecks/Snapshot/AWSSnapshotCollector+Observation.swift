import AWSClient
import Foundation

extension AWSSnapshotCollector {
    func observation(_ item: AWSItem, _ snapshot: AWSSnapshot) async -> Update {
        switch item {
        case .metrics: await metrics(snapshot)
        case .alarms: await alarms()
        default: await logEvents(snapshot)
        }
    }

    /// How far back figures and log lines are read: what happened just before the run is what it finds broken.
    static let window: TimeInterval = 3600
    private static let day: TimeInterval = 86_400

    private func metrics(_ snapshot: AWSSnapshot) async -> Update {
        let queries = MetricQueries.queries(settings: settings, snapshot: snapshot)
        let (client, end) = (client, now())
        let answer = await Collected.from { () async throws(AWSError) -> MetricWindows in
            var windows: [[CloudWatch.Series]] = []
            for shift in [0, Self.day] {
                let to = end.addingTimeInterval(-shift)
                let operation = CloudWatch.getMetricData(queries, from: to.addingTimeInterval(-Self.window), to: to)
                windows.append(Self.merged(try await client.all(operation) { $0.metricDataResults }))
            }
            return MetricWindows(queries: queries, run: windows[0], dayBefore: windows[1])
        }
        return { $0.metrics = answer }
    }

    /// A long series comes in pieces, one on each page.
    private static func merged(_ pieces: [CloudWatch.Series]) -> [CloudWatch.Series] {
        var byID: [String: CloudWatch.Series] = [:]
        for piece in pieces {
            if var known = byID[piece.id] {
                known.timestamps += piece.timestamps
                known.values += piece.values
                known.statusCode = piece.statusCode
                byID[piece.id] = known
            } else {
                byID[piece.id] = piece
            }
        }
        return byID.values.sorted { $0.id < $1.id }
    }

    private func alarms() async -> Update {
        let client = client
        let answer = await Collected.from { () async throws(AWSError) -> [CloudWatch.Alarm] in
            try await client.all(CloudWatch.describeAlarms()) { $0.metricAlarms }
        }
        return { $0.alarms = answer }
    }

    private func logEvents(_ snapshot: AWSSnapshot) async -> Update {
        let (client, end, services) = (client, now(), settings.ecsServices.values)
        let begin = end.addingTimeInterval(-Self.window)
        let limit = 10_000
        let answers = await each(settings.logGroups) { (group) async throws(AWSError) -> LogExcerpt in
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
        return { $0.logEvents = answers }
    }
}
