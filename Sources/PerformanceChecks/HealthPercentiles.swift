import CheckKit
import Formats
import LoadEngine
import RunModel

/// The first performance figure everyone asks for: how long `/health` takes, with the tail.
struct HealthPercentiles: Check {
    private static let rate = 50.0
    /// A thousand samples, and some for a p99 that has ten beyond it.
    private static let duration = Duration.seconds(21)

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-01", title: "Health answers within 2 s for 95 % and 5 s for 99 % of the calls",
            intent: "The load balancer takes tasks out of service whose health check is slow.",
            procedure:
                "GET `/health` 50 times a second for 21 s at planned moments; p50, p95, p99 from the planned start.",
            category: .performance, phase: .validation, severity: .high, needs: [.reach(.api), .load],
            dependsOn: ["SD-02"], excludes: [.loadWindow, .breaker], deadline: .seconds(90),
            awsActions: ["cloudwatch:DescribeAlarms"],
            risk: "Healthy tasks are replaced in a circle while users see errors.", remediation: .responsiveness)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.requireOwnAnswers(of: ["/health"])
        // A shorter window must hold as many samples.
        let rate = Self.rate / min(1, context.configuration.limits.loadStretch)
        let report = try await GuardedLoad(context).run(
            ["/health"], .constantArrivalRate(.init(rate: rate, duration: Self.duration)))
        if let reason = report.stopReason {
            return .failed(
                report.overall.symptom(of: .api, path: "/health"), "the load was ended: \(reason)", expected: "answers",
                got: report.summary)
        }
        let limits = [
            (95.0, context.threshold("p95_ms", default: 2000)), (99.0, context.threshold("p99_ms", default: 5000)),
        ]
        let times = try report.trusted().overall.responseTime
        guard report.overall.answered >= 1000 else {
            return .inconclusive(
                .obstacle(.tooFewSamples, of: .api),
                "\(report.overall.answered) answers; p99 needs 1000 (\(report.summary))")
        }
        let errorLimit = context.threshold("error_rate", default: 0.01)
        guard report.overall.errorRate <= errorLimit else {
            return .failed(
                report.overall.symptom(of: .api, path: "/health"), "too many errors",
                expected: "at most \(errorLimit * 100) %", got: report.summary)
        }
        for (percentile, limit) in limits where times.percentile(percentile).milliseconds >= limit {
            return .failed(
                .excess(.api, .time, path: "/health"),
                "/health is too slow at p\(percentile.wholeText)",
                expected: "p\(percentile.wholeText) < \(limit.wholeText) ms",
                got: report.summary)
        }
        return .passed(report.summary)
    }
}

extension LoadReport {
    /// One line: `1050 answers at 50/s, p50 3.1 ms, p95 …, errors 0 %`, with the percentiles that the answers carry.
    var summary: String {
        let times = overall.responseTime
        let errors = overall.errors.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value)" }
        let percentiles = [50.0, 95, 99].filter(times.carries).map {
            "p\($0.wholeText) \(times.percentile($0).readable), "
        }
        return "\(overall.answered) answers at \((rate * 10).rounded() / 10)/s, \(percentiles.joined())"
            + "max \(times.maximum.readable), errors \((overall.errorRate * 1000).rounded() / 10) %"
            + (errors.isEmpty ? "" : " (\(errors.joined(separator: ", ")))")
    }
}
