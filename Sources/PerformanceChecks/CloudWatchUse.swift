import AWSClient
import CheckKit
import Formats
import Foundation
import RunModel

/// Processor and memory of the API's ECS service by CloudWatch: coarse and late, but over all its tasks.
struct CloudWatchUse: Sendable, Equatable {
    /// Largest values of a minute, in percent of what the tasks may use.
    var processor: Double
    var memory: Double

    private static let patience = Duration.seconds(180)
    private static let pause = Duration.seconds(20)

    /// Waits for the first minute that lies within the load.
    ///
    /// - Throws: ``Stop`` as inconclusive when CloudWatch may not be asked, or has no figures in time.
    static func read(_ context: CheckContext, since start: Date) async throws -> CloudWatchUse {
        guard let settings = context.configuration.aws, let service = settings.ecsServices["api"] else {
            throw Stop.inconclusive(
                .obstacle(.notCollected, of: Component(.aws)),
                "and `aws` is not configured, so CloudWatch cannot be asked")
        }
        let client = settings.client(environment: context.environment, http: context.http)
        let dimensions = ["ClusterName": settings.cluster, "ServiceName": service]
        let queries = [("cpu", "CPUUtilization"), ("memory", "MemoryUtilization")].map { id, name in
            CloudWatch.Query(
                id: id, namespace: "AWS/ECS", name: name, dimensions: dimensions, statistic: "Maximum", period: 60)
        }
        let minute = Date(timeIntervalSince1970: (start.timeIntervalSince1970 / 60).rounded(.down) * 60)
        let until = ContinuousClock.now + patience
        while true {
            do throws(AWSError) {
                let series = try await client.all(CloudWatch.getMetricData(queries, from: minute, to: Date())) {
                    $0.metricDataResults
                }
                if let use = CloudWatchUse(series, since: minute) { return use }
            } catch {
                throw Stop.inconclusive(.aws(error), "and CloudWatch does not answer: \(error)")
            }
            guard ContinuousClock.now < until else {
                throw Stop.inconclusive(
                    .obstacle(.tooFewSamples, of: Component(.aws)),
                    "and CloudWatch has no figures of \(service) within \(patience.readable)")
            }
            try await Task.sleep(for: pause)
        }
    }

    init?(_ series: [CloudWatch.Series], since start: Date) {
        func largest(_ id: String) -> Double? {
            guard let own = series.first(where: { $0.id == id }) else { return nil }
            return zip(own.timestamps, own.values).filter { $0.0 >= start }.map(\.1).max()
        }
        guard let processor = largest("cpu"), let memory = largest("memory") else { return nil }
        self.processor = processor
        self.memory = memory
    }
}
