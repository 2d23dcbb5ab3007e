import Formats
import LoadEngine

/// Throughput, latency and errors by number of clients. Pure.
struct ConcurrencyCurve {
    struct Point {
        var workers: Int
        /// Answers a second.
        var rate: Double
        var p95: Duration
        /// Share of failures, 0…1.
        var errorRate = 0.0
    }

    var points: [Point]

    /// The number of clients after which more of them add less than a tenth of the share they should: the knee.
    var knee: Point? {
        for (point, next) in zip(points, points.dropFirst()) {
            let gain = next.rate / max(point.rate, 0.001) - 1
            let share = Double(next.workers) / Double(point.workers) - 1
            if gain < share / 10 { return point }
        }
        return nil
    }

    /// The most answers a second at any number of clients.
    var bestRate: Double { points.map(\.rate).max() ?? 0 }

    var sentence: String {
        guard let last = points.last else { return "no figures" }
        guard let knee else {
            return
                "no knee up to \(last.workers) clients (\(last.rate.wholeText)/s, p95 \(last.p95.readable)); \(errors)"
        }
        return "knee at \(knee.workers) clients (\(knee.rate.wholeText)/s, p95 \(knee.p95.readable); "
            + "with \(last.workers): \(last.rate.wholeText)/s, p95 \(last.p95.readable)); \(errors)"
    }

    private var errors: String {
        let failing = points.filter { $0.errorRate > 0 }
        guard !failing.isEmpty else { return "no errors" }
        return failing.map { "errors \(($0.errorRate * 1000).rounded() / 10) % with \($0.workers)" }.joined(
            separator: ", ")
    }
}

extension ConcurrencyCurve.Point {
    init(workers: Int, _ report: LoadReport) {
        self.init(
            workers: workers, rate: report.rate, p95: report.overall.responseTime.percentile(95),
            errorRate: report.overall.errorRate)
    }
}
