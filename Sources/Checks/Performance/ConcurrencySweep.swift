import LoadEngine
import RunModel

/// How throughput and latency move with the number of clients, and where the knee is.
struct ConcurrencySweep: Check {
    static let levels = [1, 2, 5, 10, 20, 50]
    private static let paths = ["/health", "/live", "/version"]

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-02", title: "Up to ten clients at once, no endpoint answers with errors",
            intent: "Names the number of clients from which on more of them only wait longer.",
            procedure:
                "For /health, /live and /version: 1, 2, 5, 10, 20 and 50 clients for 2 s each; rate, p95 and errors; the knee.",
            category: .performance, phase: .validation, needs: [.reach("api"), .load], dependsOn: ["HE-13"],
            excludes: [.loadWindow, .breaker], deadline: .seconds(180),
            risk: "A handful of dashboards and health checks is enough to slow everyone down.",
            remediation: .responsiveness)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var load = GuardedLoad(context)
        load.maximumRequests = 30_000
        var notes: [String] = []
        for path in Self.paths {
            var curve: [ConcurrencyCurve.Point] = []
            for level in Self.levels {
                let report = try await load.run([path], .constantWorkers(.init(workers: level, duration: .seconds(2))))
                curve.append(.init(workers: level, report))
                let isUsual = level <= 10
                if isUsual && (report.stopReason != nil || report.overall.errorRate > 0.01) {
                    return .failed(
                        "\(path) fails with \(level) clients", expected: "at most 1 % errors", got: report.summary)
                }
                // The target has shown its limit: more clients would only hurt it.
                if report.stopReason != nil || report.overall.errorRate > 0.1 { break }
            }
            notes.append("\(path): \(ConcurrencyCurve(points: curve).sentence)")
        }
        return .passed(notes.joined(separator: "; "))
    }
}

/// Throughput and latency by number of clients. Pure.
struct ConcurrencyCurve {
    struct Point {
        var workers: Int
        /// Answers a second.
        var rate: Double
        var p95: Duration
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

    var sentence: String {
        guard let last = points.last else { return "no figures" }
        guard let knee else {
            return "no knee up to \(last.workers) clients (\(Int(last.rate))/s, p95 \(last.p95.readable))"
        }
        return "knee at \(knee.workers) clients (\(Int(knee.rate))/s, p95 \(knee.p95.readable); "
            + "with \(last.workers): \(Int(last.rate))/s, p95 \(last.p95.readable))"
    }
}

extension ConcurrencyCurve.Point {
    init(workers: Int, _ report: LoadReport) {
        self.init(workers: workers, rate: report.rate, p95: report.overall.responseTime.percentile(95))
    }
}
