import CheckKit
import Formats
import HTTPClient
import LoadEngine
import MLflowClient
import RunModel
import Settings

/// For each endpoint that matters: how throughput and latency move with the number of clients, where the knee is, what the
/// endpoint sustains, and what becomes of `/live` beside it.
struct EndpointCapacities: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            EndpointCapacity(id: "PF-02", endpoint: .init("/health")),
            EndpointCapacity(id: "PF-05", endpoint: .init("/live"), leastRate: 50),
            EndpointCapacity(id: "PF-11", endpoint: .init("/ready", slowest: 5000)),
            EndpointCapacity(id: "PF-12", endpoint: .init("/version")),
            EndpointCapacity(
                id: "PF-13",
                endpoint: .init(
                    "/api/mlflow/api/2.0/mlflow/experiments/search?max_results=1", title: "experiment search",
                    needsKey: true, slowest: 5000)),
            EndpointCapacity(
                id: "PF-14",
                endpoint: .init(
                    "/api/mlflow/api/2.0/mlflow-artifacts/artifacts/", title: "artifact download", needsKey: true,
                    isArtifact: true, slowest: 5000)),
        ]
    }
}

/// What is loaded.
struct LoadedEndpoint: Sendable {
    var path: String
    var title: String
    /// Only an authorised caller gets an answer (contract §4.4).
    var needsKey: Bool
    /// What must hold before the endpoint is loaded: an outage of a dependency has no capacity.
    var dependsOn: [CheckID] {
        if path.hasPrefix("/api/mlflow") { return ["ML-01"] }
        return path == "/ready" ? ["HE-13"] : ["SD-02"]
    }
    /// The path leads to the store: a small file is put there first and taken away afterwards.
    var isArtifact: Bool
    /// Milliseconds that no answer of a sustained rate may take.
    var slowest: Double

    init(
        _ path: String, title: String? = nil, needsKey: Bool = false, isArtifact: Bool = false, slowest: Double = 1000
    ) {
        self.path = path
        self.title = title ?? path
        self.needsKey = needsKey
        self.isArtifact = isArtifact
        self.slowest = slowest
    }

    /// What answers behind the path.
    var component: Component { path.hasPrefix("/api/mlflow") ? .mlflow : .api }
}

struct EndpointCapacity {
    let id: CheckID
    let endpoint: LoadedEndpoint
    /// Answers a second that it must sustain; 0 only measures, unless the configuration asks for more.
    var leastRate = 0.0
    private static let artifactBytes = 64 << 10
}

extension EndpointCapacity: Check {
    var descriptor: CheckDescriptor {
        let least = leastRate > 0 ? " and sustains at least \(leastRate.wholeText) calls a second" : ""
        return CheckDescriptor(
            id: id, title: "\(endpoint.title) serves up to fifty clients at once without errors\(least)",
            intent:
                "Names the number of clients from which on more of them only wait, and the rate that holds: a capacity plan.",
            procedure: (endpoint.isArtifact ? "Put a file of 64 KiB through the proxy. " : "")
                + "1, 2, 5, 10, 20 and 50 clients for 2 s each, with /live five times a second meanwhile; the knee. "
                + "Then double the arrival rate from a quarter of the best, 3 s each, until answers fall behind, 1 % fail or one "
                + "takes \(endpoint.slowest.wholeText) ms; halve the gap.",
            category: .performance, phase: .validation,
            needs: [.reach(.api), .load] + (endpoint.needsKey ? [.key(.api)] : [])
                + (endpoint.isArtifact ? [.writes] : []),
            dependsOn: endpoint.dependsOn, excludes: [.loadWindow, .breaker], deadline: .seconds(300),
            awsActions: ["cloudwatch:DescribeAlarms"],
            risk: "Growth meets a wall that nobody has measured; a handful of clients slows everyone down.",
            remediation: .responsiveness)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        guard endpoint.isArtifact else { return try await measure(endpoint.path, context) }
        return try await MLflowWorkspace.with(context) { space in
            let run = try await space.createRun()
            let path = "\(try space.storePath(of: run))/load.bin"
            try await space.willUpload([path], of: run)
            let client = space.client
            try await context.mlflowCalls("upload load.bin") { () async throws(MLflowError) in
                try await client.uploadArtifact(PatternedBytes.make(Self.artifactBytes, seed: 11), to: path)
            }
            return try await measure(endpoint.path + path, context)
        }
    }

    private func measure(_ path: String, _ context: CheckContext) async throws -> Outcome {
        var load = GuardedLoad(context)
        load.maximumRequests = 30_000
        if endpoint.needsKey { load.headers = [CheckContext.bearer(try context.key(.api))] }
        try await context.requireOwnAnswers(of: [path], headers: load.headers)
        let name = endpoint.isArtifact ? endpoint.title : nil
        let sweep = try await ConcurrencySweep(load: load, path: path, name: name).run()
        if let failure = sweep.failure {
            record(sweep, context)
            return try Self.failed(failure.level, failure.report, endpoint.title, endpoint.component)
        }
        if let level = sweep.deadLevel {
            record(sweep, context)
            return .failed(
                .eventLoopBlocked(endpoint.component), "/live fails while \(level) clients use \(endpoint.title)",
                expected: "/live answers meanwhile", got: "\(sweep.curve.sentence); \(sweep.liveSentence)")
        }
        let found = try await search(path, from: sweep.curve.bestRate / 4, load)
        record(sweep, context)
        record(found, context)
        return outcome(sweep, found, context)
    }

    /// Errors with an ordinary number of clients; a key that may do nothing says nothing of capacity.
    private static func failed(
        _ level: Int, _ report: LoadReport, _ title: String, _ component: Component
    ) throws -> Outcome {
        let refused = (report.overall.statuses[401] ?? 0) + (report.overall.statuses[403] ?? 0)
        if refused > 0 && refused == report.overall.answered {
            return .inconclusive(
                .obstacle(.prerequisite, of: component), "the key may not do this: \(report.summary)")
        }
        let reason = report.stopReason.map { "; the load was ended: \($0)" } ?? ""
        return .failed(
            report.overall.symptom(of: component, path: title),
            "\(title) fails with \(level) clients\(reason)", expected: "at most 1 % errors", got: report.summary)
    }

    private func search(_ path: String, from rate: Double, _ load: GuardedLoad) async throws -> CapacitySearch.Result {
        let context = load.context
        let maximum = context.threshold("maximum_rate", default: context.configuration.isProduction ? 100 : 1000)
        let stretch = context.configuration.limits.loadStretch
        var plan = try load.plan([path], .constantArrivalRate(.init(rate: 1, duration: .seconds(3))))
        plan.thresholds = [
            Threshold(
                metric: .maximum, comparison: .less,
                bound: context.threshold("max_ms", default: endpoint.slowest) / 1000),
            Threshold(metric: .errorRate, comparison: .less, bound: 0.01),
        ]
        let search = CapacitySearch(
            startRate: min(max(1, rate), maximum), maximumRate: maximum,
            stepDuration: .seconds(3).stretched(by: stretch),
            rest: .seconds(1).stretched(by: stretch), precision: 0.1)
        return try await load.watched { [plan] stopCondition in
            do {
                return try await search.run(plan, stopCondition: stopCondition)
            } catch {
                throw Stop(.error("the capacity search cannot be run: \(error)"))
            }
        }
    }

    private func record(_ found: CapacitySearch.Result, _ context: CheckContext) {
        if let data = try? JSON.prettyData(found) {
            context.recorder.attach(Evidence("capacity search", fileExtension: "json", bytes: [UInt8](data)))
        }
        context.recorder.measure(
            Metric("http.capacity", found.capacity, .perSecond, labels: ["endpoint": endpoint.title]))
    }

    private func record(_ sweep: ConcurrencySweep.Result, _ context: CheckContext) {
        let labels = ["endpoint": endpoint.title]
        if let knee = sweep.curve.knee {
            context.recorder.measure(Metric("http.knee", Double(knee.workers), .count, labels: labels))
        }
        for point in sweep.curve.points {
            context.recorder.measure(
                Metric(
                    "http.sweep_rate", point.rate, .perSecond,
                    labels: ["endpoint": endpoint.title, "clients": "\(point.workers)"]))
        }
        for (level, slowest) in sweep.live {
            guard let slowest else { continue }
            context.recorder.measure(
                Metric(
                    "http.live_beside", slowest.milliseconds, .milliseconds,
                    labels: ["during": endpoint.title, "clients": "\(level)"]))
        }
    }

    private func outcome(
        _ sweep: ConcurrencySweep.Result, _ found: CapacitySearch.Result, _ context: CheckContext
    ) -> Outcome {
        let least = context.threshold("rate", default: leastRate)
        let parts = [sweep.curve.sentence, found.sentence, sweep.liveSentence].filter { !$0.isEmpty }
        let got = parts.joined(separator: "; ")
        if found.capacity >= least, found.capacity > 0 {
            return .passed("\(got); errors at most 1 % with up to \(ConcurrencySweep.levels.last ?? 0) clients")
        }
        if case .inconclusive = found.ending { return .inconclusive(.obstacle(.generator, of: .vantage), got) }
        return .failed(
            .excess(.api, .rate, path: endpoint.title), "\(endpoint.title) sustains too little",
            expected: least > 0 ? "\(least.wholeText) calls a second" : "some rate of calls", got: got)
    }
}

extension CapacitySearch.Result {
    /// `sustains 120/s; above it …`.
    var sentence: String {
        let rate = "\(capacity.wholeText)/s"
        switch ending {
        case .found: return "sustains \(rate), above it \(limitedBy)"
        case .beyondMaximum: return "sustains \(rate), the highest rate that was allowed"
        case .belowStart: return "sustains less than the first rate tried: \(limitedBy)"
        case .inconclusive(let reason): return "sustains at least \(rate), the search could not go on: \(reason)"
        }
    }
}
