import CheckKit
import Formats
import LoadEngine

/// How much a load may hurt its target before it is ended. Pure: judged on what the generator has seen.
struct LoadGuards: Sendable {
    /// Share of requests that may fail, 0…1.
    var errorRate: Double
    /// Share of requests that may be answered with 5xx, 0…1.
    var serverErrorRate: Double
    /// The response time's 99th percentile may not reach it.
    var p99: Duration
    /// Share of one processor that the service itself may use; nil does not look.
    var processor: Double?
    /// Before so many answers no share says anything.
    var leastSamples = 50

    init(errorRate: Double, serverErrorRate: Double, p99: Duration, processor: Double? = nil) {
        self.errorRate = errorRate
        self.serverErrorRate = serverErrorRate
        self.p99 = p99
        self.processor = processor
    }

    /// The check's thresholds `stop_errors`, `stop_5xx`, `stop_p99_ms` and `stop_cpu`.
    init(_ context: CheckContext) {
        errorRate = context.threshold("stop_errors", default: 0.2)
        serverErrorRate = context.threshold("stop_5xx", default: 0.1)
        p99 = .milliseconds(clamping: context.threshold("stop_p99_ms", default: 8000))
        let processor = context.threshold("stop_cpu", default: context.configuration.isProduction ? 0.8 : 0)
        self.processor = processor > 0 ? processor : nil
    }

    /// Why the load must end, nil while it may go on.
    func breach(_ progress: LoadProgress) -> String? {
        let total = progress.total
        guard total.completed >= leastSamples else { return nil }
        let serverErrors = total.errors.filter { $0.key.hasPrefix("HTTP_5") }.values.reduce(0, +)
        let share = Double(serverErrors) / Double(total.completed)
        if share > serverErrorRate { return "\(percent(share)) of the answers are 5xx (\(kinds(total)))" }
        if total.errorRate > errorRate { return "\(percent(total.errorRate)) of the requests fail (\(kinds(total)))" }
        let slowest = total.responseTime.percentile(99)
        if total.responseTime.count >= 2 * leastSamples, slowest >= p99 {
            return "p99 is \(slowest.readable); the load ends at \(p99.readable)"
        }
        return nil
    }

    private func percent(_ share: Double) -> String { "\((share * 100).rounded().wholeText) %" }

    private func kinds(_ total: LoadStatistics) -> String {
        total.errors.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value)" }.joined(separator: ", ")
    }
}
