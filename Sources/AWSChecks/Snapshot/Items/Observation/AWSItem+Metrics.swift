import AWSClient
import Foundation

extension AWSItem {
    /// Figures of CloudWatch, now and a day before.
    public static let metrics = AWSItem(
        "metrics", at: \.metrics, actions: ["cloudwatch:GetMetricData"], from: [.loadBalancers, .targetGroups]
    ) { collector, snapshot in
        let queries = MetricQueries.queries(settings: collector.settings, snapshot: snapshot)
        let end = collector.now()
        return await Collected.from { () async throws(AWSError) -> MetricWindows in
            var windows: [[CloudWatch.Series]] = []
            for shift in [0, MetricWindows.day] {
                let to = end.addingTimeInterval(-shift)
                let operation = CloudWatch.getMetricData(
                    queries, from: to.addingTimeInterval(-AWSSnapshotCollector.window), to: to)
                windows.append(
                    MetricWindows.merged(try await collector.client.all(operation) { $0.metricDataResults }))
            }
            return MetricWindows(queries: queries, run: windows[0], dayBefore: windows[1])
        }
    }
}

extension AWSSnapshot {
    /// Of the run's window and of the day before, by query id.
    public var metrics: Collected<MetricWindows>? {
        get { self[.metrics] }
        set { self[.metrics] = newValue }
    }
}

/// Figures of two windows, and which query each id stands for.
public struct MetricWindows: Sendable, Codable {
    public var queries: [CloudWatch.Query]
    public var run: [CloudWatch.Series]
    public var dayBefore: [CloudWatch.Series]

    fileprivate static let day: TimeInterval = 86_400

    /// A long series comes in pieces, one on each page.
    static func merged(_ pieces: [CloudWatch.Series]) -> [CloudWatch.Series] {
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
}
