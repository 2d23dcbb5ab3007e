import CheckKit
import Formats
import Foundation
import HTTPClient
import LoadEngine
import RunModel

/// Runs a recipe against the deployment: the original closed model, and the same load as an open model for comparison.
struct LoadTest: Sendable {
    let context: CheckContext
    let recipe: LoadRecipe
    /// Said with the result, such as what of the original could not be done here.
    var note = ""

    /// The open model lasts this long where `limits.load_window` is the usual one, at half the rate that the closed one
    /// reached, at most ``openRate``.
    private static let openDuration = Duration.seconds(2)
    private static let openRate = 50.0

    func run() async throws -> Outcome {
        try await context.requireOwnAnswers(of: recipe.paths)
        context.recorder.reproduce(with: recipe.command(base: try context.url(of: .api)))
        let closed = try await run(
            .fixedCountPerWorker(
                FixedCountPerWorker(
                    workers: recipe.workers, requestsEach: recipe.requestsEach, thinkTime: recipe.thinkTime,
                    maximumDuration: context.descriptor.deadline - .seconds(10))))
        record(closed, model: "closed")
        let outcome = judge(closed)
        // A target that fails the closed load is not loaded once more.
        if case .passed = outcome {
            let rate = max(1, min(closed.rate / 2, Self.openRate))
            let open = try await run(
                .constantArrivalRate(
                    ConstantArrivalRate(
                        rate: rate, duration: Self.openDuration.stretched(by: context.configuration.limits.loadStretch))
                ))
            record(open, model: "open")
        }
        return outcome
    }

    private func judge(_ report: LoadReport) -> Outcome {
        guard report.judgement.isValid else {
            return .inconclusive(
                .obstacle(.generator, of: .vantage),
                "the generator does not trust its figures: \(report.judgement.reasons.joined(separator: "; "))")
        }
        if case .cancelled = report.ending {
            return .inconclusive(.obstacle(.cutShort, of: .api), "the load was cut short")
        }
        var problems: [String] = []
        if recipe.judgesEachPath {
            for (name, figures) in report.requests.sorted(by: { $0.key < $1.key }) {
                problems += recipe.problems(of: figures, rate: report.rate, context, prefix: "\(name): ")
            }
        } else {
            problems = recipe.problems(of: report.overall, rate: report.rate, context)
        }
        let got = "\(recipe.paths.joined(separator: ", ")): \(summary(report))"
        guard problems.isEmpty else {
            return .failed(
                report.symptom(of: .api, paths: recipe.paths), problems.joined(separator: "; "),
                expected: recipe.promise, got: got)
        }
        return .passed("\(got); promised \(recipe.promise)" + (note.isEmpty ? "" : "; \(note)"))
    }

    private func run(_ executor: Executor) async throws -> LoadReport {
        let base = try context.url(of: .api)
        // Profile A asks for a key where later ones do not (contract §2.1).
        let headers = context.profile == .a ? [CheckContext.bearer(try context.key(.api))] : []
        let services = context.configuration.services
        let requests = recipe.paths.map { LoadRequest(name: $0, url: base + $0, headers: headers) }
        context.recorder.load(with: requests)
        let plan = LoadPlan(
            requests: requests, executor: executor, limits: LoadLimits(deadline: recipe.deadline),
            client: HTTPClientConfiguration(
                tls: HTTPClientConfiguration.TLS(authorityFile: services.caFile), resolve: services.resolve))
        do {
            return try await LoadEngine(plan).run()
        } catch {
            throw Stop(.error("the load plan cannot be run: \(error)"))
        }
    }

    private func record(_ report: LoadReport, model: String) {
        for (name, figures) in [("all", report.overall)] + report.requests.sorted(by: { $0.key < $1.key }) {
            let labels = ["endpoint": name == "all" ? recipe.paths.joined(separator: " ") : name, "model": model]
            if name != "all" && report.requests.count == 1 { continue }
            let times = figures.responseTime
            let metrics = [
                Metric("http.response_time.mean", times.mean.milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.p50", times.percentile(50).milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.p90", times.percentile(90).milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.p95", times.percentile(95).milliseconds, .milliseconds, labels: labels),
                Metric("http.response_time.p99", times.percentile(99).milliseconds, .milliseconds, labels: labels),
                Metric(
                    "http.response_time.p95_original", figures.serviceTime.originalPercentile(95).milliseconds,
                    .milliseconds, labels: labels),
                Metric("http.response_time.max", times.maximum.milliseconds, .milliseconds, labels: labels),
                Metric("http.requests", Double(figures.completed), .count, labels: labels),
                Metric("http.error_rate", figures.errorRate, .ratio, labels: labels),
            ]
            for metric in metrics { context.recorder.measure(metric) }
        }
        context.recorder.measure(
            Metric(
                "http.rate", report.rate, .perSecond,
                labels: ["endpoint": recipe.paths.joined(separator: " "), "model": model]))
        context.recorder.keep(report, as: "\(model) model")
        if let data = try? JSON.prettyData(report) {
            context.recorder.attach(
                Evidence("load report, \(model) model", fileExtension: "json", bytes: [UInt8](data)))
        }
    }

    /// The figures of the original's result (contract §6.4), on one line: of the percentiles those that are judged, or that the
    /// answers carry.
    private func summary(_ report: LoadReport) -> String {
        let figures = report.overall
        let times = figures.serviceTime
        func milliseconds(_ duration: Duration) -> String { "\((duration.milliseconds * 10).rounded() / 10) ms" }
        let percentiles = [(95.0, recipe.p95), (99, recipe.p99)].filter { $1 != nil || times.carries($0) }.map {
            "p\($0.0.wholeText) \(milliseconds(times.originalPercentile($0.0))), "
        }
        return "\(figures.successful)/\(figures.completed) ok, mean \(milliseconds(times.mean)), "
            + "min \(milliseconds(times.minimum)), max \(milliseconds(times.maximum)), "
            + percentiles.joined()
            + "\((report.rate * 10).rounded() / 10)/s"
    }
}

extension CheckDescriptor {
    /// One of the nine load tests; its procedure and promise are those of the recipe.
    init(
        _ id: CheckID, _ original: OriginalClass, _ function: String, _ recipe: LoadRecipe, title: String,
        intent: String, needs: [Capability] = [], dependsOn: [CheckID] = [], deadline: Duration = .seconds(120),
        excludes: [Exclusion] = [.loadWindow, .breaker], risk: String, deviation: String? = nil
    ) {
        let broken = deviation.map { "\(recipe.promise); \($0)" } ?? recipe.promise
        self.init(
            id, original, function, title: title, intent: intent,
            procedure: "Load \(recipe.summary) in a closed model, and 2 s of the same in an open model for comparison.",
            needs: [.load] + needs, dependsOn: dependsOn, excludes: excludes, deadline: deadline, risk: risk,
            remedy: deviation == nil ? .capacity : .responseModel,
            expect: ByProfile(a: broken, m: broken, b: broken, fixed: recipe.promise))
    }
}
