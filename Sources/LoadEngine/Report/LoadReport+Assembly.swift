import HTTPClient

extension LoadReport {
    /// Puts the figures of all event loops together and judges them.
    init(
        _ plan: LoadPlan, _ transport: (way: LoadTransport, reason: String), _ collector: LoadCollector,
        _ results: [LoopResult],
        _ control: LoadControl, _ wallClock: WallClockWatch
    ) {
        let end = results.map(\.endedAt).max() ?? control.startedAt
        let elapsed = max(1, end - control.startedAt)
        var requests: [String: LoadStatistics] = [:]
        var overall = LoadStatistics()
        for result in results {
            for (kind, statistics) in result.statistics.enumerated() {
                requests[plan.requests[kind].name, default: LoadStatistics()].add(statistics)
                overall.add(statistics)
            }
        }
        self.init(
            targets: plan.requests.map { "\($0.method) \($0.shownAs ?? SensitiveURL.shown($0.url))" },
            executor: plan.executor.summary, transport: transport.way, transportReason: transport.reason,
            startedAt: wallClock.date,
            duration: .nanoseconds(elapsed),
            overall: overall, requests: requests, series: collector.series,
            generator: LoadReport.generator(results, elapsed, wallClock), thresholds: [], judgement: LoadJudgement(),
            ending: control.reportedEnding)
        thresholds = plan.thresholds.map { threshold in
            collector.windowedResult(threshold)
                ?? threshold.result(
                    .init(
                        statistics: threshold.scope.map { requests[$0] ?? LoadStatistics() } ?? overall,
                        duration: duration),
                    limits: plan.judgementLimits)
        }
        if case .open = plan.executor.pacing {
            judgement = LoadJudgement.of(self, isOpen: true, limits: plan.judgementLimits)
        } else {
            judgement = LoadJudgement.of(self, isOpen: false, limits: plan.judgementLimits)
        }
        if transport.way == .libcurl && plan.client.version != .http1 { judgement.notes.append(Self.http2Note) }
    }

    /// What libcurl's share was of h2load's requests a second, with the same server, connection and streams
    /// (Tests/Benchmarks/RESULTS.md).
    private static let http2Note =
        "HTTP/2 goes through libcurl, which reached 0.37 of h2load's rate in our benchmark: the target may be able to do more"

    private static func generator(
        _ results: [LoopResult], _ elapsed: Int64, _ wallClock: WallClockWatch
    ) -> GeneratorFigures {
        var sum = GeneratorFigures()
        sum.threads = results.count
        for figures in results.map(\.figures) {
            sum.planned += figures.planned
            sum.started += figures.started
            sum.dropped += figures.dropped
            sum.lateStart.add(figures.lateStart)
            sum.processorTime += figures.processorTime
            sum.busiestThread = max(sum.busiestThread, figures.busiestThread)
            sum.connectionsOpened += figures.connectionsOpened
            sum.longestPause = max(sum.longestPause, figures.longestPause)
        }
        sum.meanInFlight = results.map(\.inFlightArea).reduce(0, +) / Double(elapsed)
        sum.wallClockDrift = wallClock.drift
        sum.suspended = wallClock.suspended
        return sum
    }
}
