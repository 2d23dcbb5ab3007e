import CheckKit
import Formats
import HTTPClient
import LoadEngine

/// A load of the original campaign and the thresholds it must meet (contract §6.4), as data.
///
/// A threshold is replaced by the configuration's `thresholds` under `<check id>.<name>`.
struct LoadRecipe: Sendable {
    /// Paths that are mixed in equal parts.
    var paths: [String]
    var workers: Int
    var requestsEach: Int
    var thinkTime = Duration.zero
    /// Of one request.
    var deadline: Duration
    /// Successes that are needed at least; nil where the original only looks at the error rate.
    var leastSuccesses: Int?
    /// Largest share of errors, 0…1.
    var largestErrorRate: Double
    /// In milliseconds; the value itself is already too much.
    var mean: Double?
    var p95: Double?
    var p99: Double?
    /// Answers a second, which must be exceeded.
    var leastRate: Double?
    /// Whether the thresholds hold for each path by itself.
    var judgesEachPath = false

    var total: Int { workers * requestsEach }

    /// For catalogue and messages.
    var summary: String {
        let think = thinkTime > .zero ? ", \(thinkTime.readable) think time" : ""
        return "\(paths.joined(separator: ", ")): \(workers) × \(requestsEach)\(think), \(deadline.readable) time-out"
    }

    /// The same closed load by the load engine on its own, at the first of the paths.
    func command(base: String) -> String {
        let think = thinkTime > .zero ? " --think-time \(thinkTime.milliseconds.wholeText)ms" : ""
        return "plumbline load \"\(base)\(paths[0])\" --executor count --workers \(workers) --requests \(requestsEach)"
            + "\(think) --deadline \(deadline.seconds.wholeText)s"
    }

    var promise: String {
        var parts: [String] = []
        if let leastSuccesses { parts.append("at least \(leastSuccesses) of \(total) succeed") }
        parts.append("errors ≤ \(Self.percent(largestErrorRate))")
        if let mean { parts.append("mean < \(mean.wholeText) ms") }
        if let p95 { parts.append("p95 < \(p95.wholeText) ms") }
        if let p99 { parts.append("p99 < \(p99.wholeText) ms") }
        if let leastRate { parts.append("more than \(leastRate.wholeText) requests/s") }
        return parts.joined(separator: ", ")
    }

    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

    /// What a set of figures misses.
    func problems(of figures: LoadStatistics, rate: Double, _ context: CheckContext, prefix: String = "") -> [String] {
        var problems: [String] = []
        func limit(_ name: String, _ own: Double) -> Double { context.threshold(name, default: own) }
        if let leastSuccesses {
            let least = limit("successes", Double(leastSuccesses))
            if Double(figures.successful) < least {
                problems.append(
                    "\(prefix)\(figures.successful) of \(figures.completed) succeeded, at least \(least.wholeText) must"
                )
            }
        }
        let errors = limit("error_rate", largestErrorRate)
        if figures.completed == 0 || figures.errorRate > errors {
            let kinds = figures.errors.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            problems.append(
                "\(prefix)error rate \(Self.percent(figures.errorRate)) (\(kinds.joined(separator: ", "))), at most \(Self.percent(errors))"
            )
        }
        func check(_ name: String, _ own: Double?, _ value: Double) {
            guard let own else { return }
            let most = limit(name, own)
            if value >= most { problems.append("\(prefix)\(name) \(value.rounded()), must be below \(most)") }
        }
        check("mean_ms", mean, figures.serviceTime.mean.milliseconds)
        check("p95_ms", p95, figures.serviceTime.originalPercentile(95).milliseconds)
        check("p99_ms", p99, figures.serviceTime.originalPercentile(99).milliseconds)
        if let leastRate {
            let least = limit("rate", leastRate)
            if rate <= least {
                problems.append("\(prefix)\((rate * 10).rounded() / 10) requests/s, more than \(least) must be")
            }
        }
        return problems
    }
}
