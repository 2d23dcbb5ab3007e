import HTTPClient
import LoadEngine
import RunModel

/// Which limit is in force, what it says of itself, and how it recovers: documents and code disagree (contract §4.6).
struct RateLimitDiscovery: Check {
    /// Free of charge and of side effects; documented limits are 100 and 1,000 a minute.
    private static let path = "/version"
    private static let burst = 150

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-06", title: "A rate limit, where there is one, says when to come back",
            intent: "Clients can only behave if 429 carries the limit and the time to wait.",
            procedure:
                "150 calls of `/version` as fast as two workers can; at the first 429 read its headers, then ask again every 5 s for at most 70 s.",
            category: .performance, phase: .validation, severity: .low, needs: [.reach("api"), .load],
            dependsOn: ["HE-13"], excludes: [.loadWindow], deadline: .seconds(120),
            risk: "Clients retry at once and keep themselves locked out.",
            remediation: Remediation(summary: "Send Retry-After and the X-RateLimit-* fields with every 429."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var load = GuardedLoad(context)
        load.largestErrorRate = 1
        let report = try await load.run(
            [Self.path], .fixedCountPerWorker(.init(workers: 2, requestsEach: Self.burst / 2)))
        let refused = report.overall.statuses[429] ?? 0
        context.recorder.measure(Metric("http.rate_limited", Double(refused), .count, labels: ["endpoint": Self.path]))
        guard report.overall.answered > 0 else { return .inconclusive("nothing answered: \(report.summary)") }
        guard refused > 0 else {
            let others = report.overall.statuses.filter { $0.key >= 400 }
            guard others.isEmpty else {
                return .inconclusive("other errors came before any limit: \(report.summary)")
            }
            return .passed("no limit within \(Self.burst) calls in \(report.duration.readable) (contract §4.6)")
        }
        return try await describe(context, allowed: report.overall.answered - refused)
    }

    private func describe(_ context: CheckContext, allowed: Int) async throws -> Outcome {
        let headers = context.profile == .a ? [CheckContext.bearer(try context.key("api"))] : []
        let since = ContinuousClock.now
        var fields: [String] = []
        while ContinuousClock.now - since < .seconds(70) {
            let answer = try await context.get(Self.path, headers: headers)
            guard answer.status == 429 else {
                let recovery = (ContinuousClock.now - since).readable
                let summary =
                    "limited after \(allowed) calls; open again after \(recovery); \(fields.joined(separator: ", "))"
                guard fields.contains(where: { $0.hasPrefix("Retry-After") }) else {
                    return .failed("429 does not say when to come back", expected: "Retry-After", got: summary)
                }
                return .passed(summary)
            }
            fields = ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"].compactMap {
                name in
                answer.headers[name].map { "\(name): \($0)" }
            }
            try await Task.sleep(for: .seconds(5))
        }
        return .failed(
            "the limit does not lift", expected: "an answer within 70 s",
            got: "429 after \(allowed) calls; \(fields.joined(separator: ", "))")
    }
}
