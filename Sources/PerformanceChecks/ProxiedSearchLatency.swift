import CheckKit
import Formats
import HTTPClient
import LoadEngine
import RunModel

/// The route that every MLflow client takes: through the API's proxy (contract §3.1).
struct ProxiedSearchLatency: Check {
    private static let path = "/api/mlflow/api/2.0/mlflow/experiments/search?max_results=1"

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-04", title: "Searches through the MLflow proxy take less than 2 s for 95 % of the calls",
            intent: "Training jobs log through this route; its latency is theirs.",
            procedure: "Five workers, 50 searches each, with the key, through the proxy.",
            category: .performance, phase: .validation, needs: [.reach(.api), .key(.api), .load],
            dependsOn: ["SD-05"], excludes: [.loadWindow], deadline: .seconds(120),
            awsActions: ["cloudwatch:DescribeAlarms"],
            risk: "Jobs wait for their bookkeeping, or lose it to time-outs.",
            remediation: Remediation(summary: "Compare with MLflow asked directly: the difference is the proxy's."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var load = GuardedLoad(context)
        load.deadline = Patience.proxied
        load.headers = [CheckContext.bearer(try context.key(.api))]
        try await context.requireOwnAnswers(of: [Self.path], headers: load.headers)
        let report = try await load.run([Self.path], .fixedCountPerWorker(.init(workers: 5, requestsEach: 50)))
        let refused = (report.overall.statuses[401] ?? 0) + (report.overall.statuses[403] ?? 0)
        if refused > 0 && refused == report.overall.answered {
            return .inconclusive(
                .obstacle(.prerequisite, of: .mlflow),
                "the key may not search experiments: \(report.summary)")
        }
        let limit = context.threshold("p95_ms", default: 2000)
        guard report.stopReason == nil, report.overall.errorRate <= context.threshold("error_rate", default: 0.01)
        else {
            return .failed(
                report.overall.symptom(of: .mlflow, path: Self.path), "searches through the proxy fail",
                expected: "at most 1 % errors", got: report.summary)
        }
        let times = try report.trusted().overall.responseTime
        guard times.count >= 200 else {
            return .inconclusive(.obstacle(.tooFewSamples, of: .mlflow), "\(times.count) answers; p95 needs 200")
        }
        guard times.percentile(95).milliseconds < limit else {
            return .failed(
                .excess(.mlflow, .time),
                "searches through the proxy are slow", expected: "p95 < \(limit.wholeText) ms", got: report.summary)
        }
        return .passed(report.summary)
    }
}
