import CheckKit
import Formats
import LoadEngine
import RunModel

/// Compares every load of this run with the same load of the baseline, all endpoints under one error rate.
///
/// It wants to be alone and has the last number of its category, so that all loads have ended when it looks.
struct RegressionVersusBaseline: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-99", title: "No response time is worse than in the baseline",
            intent:
                "Slowly growing latency is seen by comparison only; every limit still holds until the day it does not.",
            procedure:
                "Compare p50, p95 and p99 of every load of this run with those of the baseline (`--baseline`, or the newest finished run): "
                + "bootstrap of the quantiles, samples weighed by how much seconds differ, Holm's correction over all endpoints; "
                + "changes below 10 % or 0.5 ms do not count.",
            category: .performance, phase: .validation, needs: [.load], excludes: [.everything],
            deadline: .seconds(120),
            risk: "A release that is slower by a fifth goes out with every check green.",
            remediation: Remediation(
                summary:
                    "Compare the two runs' load reports endpoint by endpoint, then what changed between their commits and task definitions."
            ))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        guard let archive = context.services[LoadArchive.self], let earlier = archive.baseline else {
            return .skipped("there is no earlier run to compare with; give one with --baseline")
        }
        let current: [KeptLoad]
        let baseline: [KeptLoad]
        do {
            (current, baseline) = (try LoadArchive.loads(in: archive.directory), try LoadArchive.loads(in: earlier))
        } catch {
            return .inconclusive(.obstacle(.notComparable, of: .api), "not comparable: \(error)")
        }
        let test = RegressionTest(
            smallestChange: context.threshold("change", default: 0.1),
            smallestDifference: .milliseconds(clamping: context.threshold("difference_ms", default: 0.5)))
        let result = test.compare(current, to: baseline)
        record(result, context)
        return Self.outcome(result)
    }

    private func record(_ result: RegressionTest.Result, _ context: CheckContext) {
        if let data = try? JSON.prettyData(result) {
            context.recorder.attach(
                Evidence("comparison with the baseline", fileExtension: "json", bytes: [UInt8](data)))
        }
        for endpoint in result.endpoints {
            let labels = [
                "endpoint": endpoint.request, "percentile": "\(endpoint.percentile.wholeText)",
                "verdict": endpoint.verdict.word,
            ]
            context.recorder.measure(Metric("regression.change", endpoint.change, .ratio, labels: labels))
            context.recorder.measure(
                Metric("regression.probability", endpoint.probability, .ratio, labels: labels))
        }
        context.recorder.establish(.responseTimeComparison, Self.summary(result))
    }

    static func outcome(_ result: RegressionTest.Result) -> Outcome {
        let summary = summary(result)
        switch result.verdict {
        case .slower:
            return .failed(
                .excess(.api, .regression),
                "response times are worse than in the baseline", expected: "none slower than the baseline", got: summary
            )
        case .faster, .same: return .passed(summary)
        case .notComparable: return .inconclusive(.obstacle(.notComparable, of: .api), summary)
        }
    }

    /// The verdict in words: what changed most first, then how much could be compared.
    static func summary(_ result: RegressionTest.Result) -> String {
        if case .notComparable(let reason) = result.verdict { return "not comparable: \(reason)" }
        let changed = result.endpoints.filter { $0.verdict != .same }.sorted { abs($0.change) > abs($1.change) }
        var parts = [result.verdict.word]
        parts += changed.prefix(5).map(\.sentence)
        if changed.count > 5 { parts.append("\(changed.count - 5) more") }
        parts.append("\(result.endpoints.count) quantiles compared")
        if let first = result.notCompared.first {
            parts.append("\(result.notCompared.count) loads not comparable, such as \(first.load): \(first.reason)")
        }
        return (parts + result.notes).joined(separator: "; ")
    }
}

extension RegressionTest.Endpoint {
    /// `PF-01 …, /health p95 12 ms → 15 ms (+25 %)`.
    fileprivate var sentence: String {
        let percent = Int(clamping: (change * 100).rounded())
        return
            "\(request) p\(percentile.wholeText) \(baseline.readable) → \(current.readable) (\(percent > 0 ? "+" : "")\(percent) %)"
    }
}
