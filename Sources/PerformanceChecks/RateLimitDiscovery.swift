import CheckKit
import Formats
import HTTPClient
import LoadEngine
import RunModel
import Secrets

/// Which limit is in force, for whom, what it says of itself, and how it recovers: documents and code disagree (contract §4.6).
struct RateLimitDiscovery: Check {
    /// Free of charge and of side effects; documented limits are 100 and 1,000 a minute.
    private static let freePath = "/version"
    /// Limited to 100 a minute as built, and billed with a real key.
    private static let billedPath = "/models/plumbline-no-such-model/lineage"
    private static let burst = 150

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-06", title: "A rate limit, where there is one, says when to come back",
            intent: "Clients can only behave if 429 carries the limit and the time to wait.",
            procedure:
                "150 calls of `/version` as fast as two workers can (with `PF-06.allow_billing: 1` also of a model's lineage, which is "
                + "limited as built). At the first 429: its headers and words; another path, another key and another forwarded "
                + "address at once, to learn whom it counts; then again every 5 s for at most 70 s.",
            category: .performance, phase: .validation, severity: .low, needs: [.reach(.api), .load],
            dependsOn: ["SD-02"], excludes: [.loadWindow], deadline: .seconds(240),
            awsActions: ["cloudwatch:DescribeAlarms"],
            risk: "Clients retry at once and keep themselves locked out.",
            remediation: Remediation(summary: "Send Retry-After and the X-RateLimit-* fields with every 429."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.requireOwnAnswers(of: [Self.freePath])
        let free = try await discover(Self.freePath, headers: Self.usualHeaders(context), context)
        guard [.passed, .skipped].contains(free.status), GuardedLoad(context).isBillingAllowed else { return free }
        let first = free.message
        let key = CheckContext.bearer(try context.key(.api))
        let billed = try await discover(Self.billedPath, headers: [key], context)
        guard case .passed(let second) = billed else { return billed }
        return .passed("\(first); \(second)")
    }

    private func discover(_ path: String, headers: [HTTPHeader], _ context: CheckContext) async throws -> Outcome {
        var load = GuardedLoad(context)
        load.guards.errorRate = 1
        load.headers = headers
        let report = try await load.run(
            [path], .fixedCountPerWorker(.init(workers: 2, requestsEach: Self.burst / 2)))
        let refused = report.overall.statuses[429] ?? 0
        context.recorder.measure(Metric("http.rate_limited", Double(refused), .count, labels: ["endpoint": path]))
        guard report.overall.answered > 0 else {
            return .inconclusive(.obstacle(.tooFewSamples, of: .api), "nothing answered: \(report.summary)")
        }
        guard refused > 0 else {
            let others = report.overall.statuses.filter { $0.key >= 400 && $0.key != 404 }
            guard others.isEmpty else {
                return .inconclusive(
                    .obstacle(.prerequisite, of: .api), "other errors came before any limit: \(report.summary)")
            }
            return .skipped(
                "\(path): no limit was met in \(Self.burst) calls within \(report.duration.readable) and none is announced, so there is no refusal to judge"
            )
        }
        let limited = DiscoveredLimit(path: path, headers: headers, allowed: report.overall.answered - refused)
        return try await limited.describe(context)
    }

    /// Profile A asks for a key where later ones do not (contract §2.1).
    static func usualHeaders(_ context: CheckContext) throws -> [HTTPHeader] {
        context.profile == .a ? [CheckContext.bearer(try context.key(.api))] : []
    }
}

/// A limit that has just been met.
struct DiscoveredLimit: Sendable {
    let path: String
    /// What the limited calls carried.
    let headers: [HTTPHeader]
    /// Calls that were answered before the first refusal.
    let allowed: Int
    private static let pause = Duration.seconds(5)
    private static let patience = Duration.seconds(70)

    func describe(_ context: CheckContext) async throws -> Outcome {
        let since = ContinuousClock.now
        let first = try await context.get(path, headers: headers)
        let fields = Self.fields(first)
        let whom = first.status == 429 ? try await whom(context) : "it lifted before more could be asked"
        while ContinuousClock.now - since < Self.patience {
            let answer = try await context.get(path, headers: headers)
            guard answer.status == 429 else {
                let recovery = (ContinuousClock.now - since).readable
                return outcome(fields, "\(whom); open again after \(recovery)")
            }
            try await Task.sleep(for: Self.pause)
        }
        return .failed(
            .deviation(.api, .rateLimit),
            "the limit does not lift", expected: "an answer within \(Self.patience.readable)",
            got: "\(path): 429 after \(allowed) calls; \(whom); \(fields.joined(separator: ", "))")
    }

    private func outcome(_ fields: [String], _ story: String) -> Outcome {
        let told = fields.isEmpty ? "no word about the limit" : fields.joined(separator: ", ")
        let summary = "\(path): limited after \(allowed) calls; \(story); \(told)"
        guard fields.contains(where: { $0.hasPrefix("Retry-After") }) else {
            return .failed(
                .deviation(.api, .rateLimit, ["Retry-After"]), "429 does not say when to come back",
                expected: "Retry-After", got: summary)
        }
        return .passed(summary)
    }

    /// What the refusal says of itself: header fields, and the body's words.
    static func fields(_ answer: HTTPResponse) -> [String] {
        guard answer.status == 429 else { return [] }
        let names = ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
        let words = answer.readableText.split(whereSeparator: \.isNewline).joined(separator: " ").excerpt(120)
        return names.compactMap { name in answer.headers[name].map { "\(name): \($0)" } }
            + (words.isEmpty ? [] : ["“\(words)”"])
    }

    /// Whom the limit counts: asks with one thing changed at a time, while the limit is on.
    private func whom(_ context: CheckContext) async throws -> String {
        var changes: [(String, String, [HTTPHeader])] = [("other paths", "/live", headers)]
        if let other = Self.otherKey(context) { changes.append(("another key", path, [CheckContext.bearer(other)])) }
        // An address of the documentation range, which nobody has.
        changes.append(
            ("another X-Forwarded-For", path, headers + [HTTPHeader("X-Forwarded-For", "192.0.2.7")]))
        var told: [String] = []
        for (what, path, headers) in changes {
            let answer = try await context.get(path, headers: headers)
            told.append("\(what) \(answer.status == 429 ? "limited too" : "not limited (\(answer.status))")")
        }
        return told.joined(separator: ", ")
    }

    /// A key of the configuration other than the one that checks use.
    private static func otherKey(_ context: CheckContext) -> String? {
        let own = context.configuration.keys["api"]?.reveal()
        return ["reader", "member", "other"].lazy.compactMap { context.configuration.keys[$0]?.reveal() }
            .first { $0 != own }
    }
}
