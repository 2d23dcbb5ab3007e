import AWSClient
import Foundation

extension AWSItem {
    /// Figures of the cache's nodes.
    public static let cacheMetrics = AWSItem(
        "cacheMetrics", at: \.cacheMetrics, actions: ["cloudwatch:GetMetricData"],
        from: [.replicationGroups, .cacheClusters]
    ) { collector, snapshot in
        let nodes = CacheCheck.nodes(of: collector.settings.cacheCluster, in: snapshot)
        let queries = MetricQueries.queries(cacheNodes: nodes)
        guard !queries.isEmpty else { return .value(MetricWindows(queries: [], run: [], dayBefore: [])) }
        let end = collector.now()
        return await Collected.from { () async throws(AWSError) -> MetricWindows in
            let operation = CloudWatch.getMetricData(
                queries, from: end.addingTimeInterval(-AWSSnapshotCollector.window), to: end)
            let series = try await collector.client.all(operation) { $0.metricDataResults }
            return MetricWindows(queries: queries, run: MetricWindows.merged(series), dayBefore: [])
        }
    }
}

extension AWSSnapshot {
    /// Of the run's window, by query id.
    public var cacheMetrics: Collected<MetricWindows>? {
        get { self[.cacheMetrics] }
        set { self[.cacheMetrics] = newValue }
    }
}
