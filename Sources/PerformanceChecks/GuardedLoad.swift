import CheckKit
import Formats
import HTTPClient
import LoadEngine
import RunModel

/// A load on the deployment that cannot run away: billed paths are refused, requests and time are bounded, and stop
/// conditions watched beside it end it when the target suffers.
struct GuardedLoad: Sendable {
    let context: CheckContext
    /// Of one request.
    var deadline = Duration.seconds(10)
    /// Of the whole load.
    var maximumRequests = 20_000
    var maximumDuration = Duration.seconds(120)
    var guards: LoadGuards
    /// What every request carries; nil means what the profile asks for on free paths.
    var headers: [HTTPHeader]?

    init(_ context: CheckContext) {
        self.context = context
        guards = LoadGuards(context)
    }

    /// Runs one load and keeps its figures.
    ///
    /// - Parameter endpoint: what the endpoint is called where its path changes from run to run; else the path.
    /// - Throws: ``Stop``: `skipped` when a path would be billed, `inconclusive` when the load was cut short.
    func run(_ paths: [String], _ executor: Executor, endpoint: String? = nil) async throws -> LoadReport {
        let report = try await beside(paths, executor, endpoint: endpoint)
        record(report)
        return report
    }

    /// Runs a load of which only the caller wants the figures, such as a look at `/live` beside the real one.
    func beside(_ paths: [String], _ executor: Executor, endpoint: String? = nil) async throws -> LoadReport {
        let plan = try plan(paths, executor, endpoint: endpoint)
        let report = try await watched { stopCondition in
            do {
                return try await LoadEngine(plan).run(stopCondition: stopCondition)
            } catch {
                throw Stop(.error("the load plan cannot be run: \(error)"))
            }
        }
        if case .cancelled = report.ending {
            throw Stop.inconclusive(.obstacle(.cutShort, of: .api), "the load was cut short")
        }
        return report
    }

    typealias StopCondition = @Sendable (LoadProgress) async -> String?

    /// Runs a body that loads the target, with the stop condition that it must ask every second.
    func watched<Value: Sendable>(_ body: (@escaping StopCondition) async throws -> Value) async throws -> Value {
        let watch = LoadWatch(context, guards)
        let task = Task { await watch.run() }
        defer { task.cancel() }
        return try await body { [guards] progress in guards.breach(progress) ?? watch.reason }
    }

    /// The same bounds for a search that runs several loads.
    func plan(_ paths: [String], _ executor: Executor, endpoint: String? = nil) throws -> LoadPlan {
        if let billed = paths.first(where: { !BillingGuard.isFree($0) }), !isBillingAllowed {
            throw Stop.skipped(
                "calls of \(billed) are billed; set `thresholds: { \(context.descriptor.id).allow_billing: 1 }` to allow them"
            )
        }
        let base = try context.url(of: .api)
        let services = context.configuration.services
        // Profile A asks for a key where later ones do not (contract §2.1).
        let fields = try headers ?? (context.profile == .a ? [CheckContext.bearer(try context.key(.api))] : [])
        let requests = paths.map { path in
            LoadRequest(name: endpoint, url: base + path, headers: fields, shownAs: endpoint.map { "\(base) \($0)" })
        }
        context.recorder.load(with: requests)
        return LoadPlan(
            requests: requests, executor: executor.stretched(by: context.configuration.limits.loadStretch),
            limits: LoadLimits(
                deadline: deadline, maximumRequests: maximumRequests, maximumDuration: maximumDuration),
            client: HTTPClientConfiguration(
                tls: HTTPClientConfiguration.TLS(authorityFile: services.caFile), resolve: services.resolve))
    }

    var isBillingAllowed: Bool { context.threshold("allow_billing", default: 0) == 1 }

    private func record(_ report: LoadReport) {
        for (name, figures) in report.requests {
            let times = figures.responseTime
            let labels = ["endpoint": name, "load": report.executor]
            let metrics = [
                Metric("http.response_time.p50", times.percentile(50).milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.p90", times.percentile(90).milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.p95", times.percentile(95).milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.p99", times.percentile(99).milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.max", times.maximum.milliseconds, .milliseconds, labels: labels),
                Metric("http.requests", Double(figures.completed), .count, labels: labels),
                Metric("http.error_rate", figures.errorRate, .ratio, labels: labels),
                Metric("http.rate", Double(figures.completed) / report.duration.seconds, .perSecond, labels: labels),
            ]
            for metric in metrics { context.recorder.measure(metric) }
        }
        context.recorder.keep(report, as: report.load)
        if let data = try? JSON.prettyData(report) {
            context.recorder.attach(
                Evidence("load report: \(report.load)", fileExtension: "json", bytes: [UInt8](data)))
        }
    }
}

extension LoadReport {
    /// What tells a load apart from others of its check: what is asked, and how.
    var load: String { "\(requests.keys.sorted().joined(separator: " ")) \(executor)" }

    /// Ends a check whose figures the generator itself does not trust.
    func trusted() throws -> LoadReport {
        guard judgement.isValid else {
            throw Stop.inconclusive(
                .obstacle(.generator, of: .vantage),
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
