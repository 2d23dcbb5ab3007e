import HTTPClient
import LoadEngine
import RunModel

/// A load on the deployment that cannot run away: billed paths are refused, requests and time are bounded, and a stop
/// condition watched beside it ends it when the target suffers.
struct GuardedLoad: Sendable {
    let context: CheckContext
    /// Of one request.
    var deadline = Duration.seconds(10)
    /// Of the whole load.
    var maximumRequests = 20_000
    var maximumDuration = Duration.seconds(120)
    /// Share of failures, of at least ``leastSamples``, above which the load ends.
    var largestErrorRate = 0.2
    private static let leastSamples = 50

    init(_ context: CheckContext) { self.context = context }

    /// Runs one load.
    ///
    /// - Throws: ``Stop``: `skipped` when a path would be billed, `inconclusive` when the figures cannot be trusted.
    func run(_ paths: [String], _ executor: Executor, headers: [HTTPHeader]? = nil) async throws -> LoadReport {
        let plan = try plan(paths, executor, headers: headers)
        let report: LoadReport
        do {
            report = try await LoadEngine(plan).run(stopCondition: stopCondition)
        } catch {
            throw Stop(.error("the load plan cannot be run: \(error)"))
        }
        record(report)
        if case .cancelled = report.ending { throw Stop.inconclusive("the load was cut short") }
        return report
    }

    /// The same bounds for a search that runs several loads.
    func plan(_ paths: [String], _ executor: Executor, headers: [HTTPHeader]? = nil) throws -> LoadPlan {
        if let billed = paths.first(where: { !BillingGuard.isFree($0) }), !isBillingAllowed {
            throw Stop.skipped(
                "calls of \(billed) are billed; set `thresholds: { \(context.descriptor.id).allow_billing: 1 }` to allow them"
            )
        }
        let base = try context.url(of: "api")
        let services = context.configuration.services
        // Profile A asks for a key where later ones do not (contract §2.1).
        let fields = try headers ?? (context.profile == .a ? [CheckContext.bearer(try context.key("api"))] : [])
        return LoadPlan(
            requests: paths.map { LoadRequest(url: base + $0, headers: fields) }, executor: executor,
            limits: LoadLimits(
                deadline: deadline, maximumRequests: maximumRequests, maximumDuration: maximumDuration),
            client: HTTPClientConfiguration(
                tls: HTTPClientConfiguration.TLS(authorityFile: services.caFile), resolve: services.resolve))
    }

    private var isBillingAllowed: Bool { context.threshold("allow_billing", default: 0) == 1 }

    var stopCondition: @Sendable (LoadProgress) async -> String? {
        { [largestErrorRate] progress in
            let total = progress.total
            guard total.completed >= Self.leastSamples, total.errorRate > largestErrorRate else { return nil }
            let kinds = total.errors.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value)" }.joined(
                separator: ", ")
            return "\(Int(total.errorRate * 100)) % of the requests fail (\(kinds))"
        }
    }

    private func record(_ report: LoadReport) {
        for (name, figures) in report.requests {
            let times = figures.responseTime
            let labels = ["endpoint": name, "load": report.executor]
            let metrics = [
                Metric("http.response_time.p50", times.percentile(50).milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.p95", times.percentile(95).milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.p99", times.percentile(99).milliseconds, .milliseconds, labels: labels),
                Metric("http.error_rate", figures.errorRate, .ratio, labels: labels),
                Metric("http.rate", Double(figures.completed) / report.duration.seconds, .perSecond, labels: labels),
            ]
            for metric in metrics { context.recorder.measure(metric) }
        }
        if let data = try? JSON.prettyData(report) {
            context.recorder.attach(
                Evidence("load report: \(report.executor)", fileExtension: "json", bytes: [UInt8](data)))
        }
    }
}

extension LoadReport {
    /// Ends a check whose figures the generator itself does not trust.
    func trusted() throws -> LoadReport {
        guard judgement.isValid else {
            throw Stop.inconclusive(
                "the generator does not trust its figures: \(judgement.reasons.joined(separator: "; "))")
        }
        return self
    }

    /// Why a guard ended the load, nil when it ran to its end.
    var stopReason: String? {
        if case .stopped(let reason) = ending { return reason }
        return nil
    }
}

extension Remediation {
    static let responsiveness = Remediation(
        summary:
            "Find what the endpoint waits for: dependencies asked in the request, blocking calls in the event loop, "
            + "too few tasks or too little CPU.")
}
