import Formats

/// Puts the seconds of all event loops together, and judges thresholds while the run goes on. Pure: fed with values.
struct LoadCollector {
    private let plan: LoadPlan
    private var open: [Int: Gathered] = [:]
    private(set) var series: [SecondSample] = []
    private(set) var total = LoadStatistics()
    private var kinds: [LoadStatistics]
    private var windows: [WindowedThreshold]

    private struct Gathered {
        var loops = 0
        var sample: SecondSample
        var statistics = LoadStatistics()
        var kinds: [Int: LoadStatistics] = [:]
    }

    init(_ plan: LoadPlan) {
        self.plan = plan
        kinds = plan.requests.map { _ in LoadStatistics() }
        windows = plan.thresholds.compactMap(WindowedThreshold.init)
    }

    /// Takes one loop's second; gives back the seconds that are complete by it.
    mutating func take(_ second: LoopSecond) -> LoadProgress? {
        var gathered = open[second.second] ?? Gathered(sample: SecondSample(second: second.second))
        gathered.loops += 1
        gathered.sample.started += second.started
        gathered.sample.inFlight += second.inFlightArea / 1e9
        for kind in second.kinds {
            var statistics = LoadStatistics()
            statistics.completed = kind.completed
            statistics.successful = kind.completed - kind.failed
            statistics.errors = kind.errors
            statistics.responseTime = kind.responseTime
            gathered.statistics.add(statistics)
            gathered.kinds[kind.kind, default: LoadStatistics()].add(statistics)
        }
        open[second.second] = gathered
        guard gathered.loops == plan.limits.threads else { return nil }
        open[second.second] = nil
        return close(gathered)
    }

    /// Closes the seconds that not all loops lived to see.
    mutating func finish() {
        for second in open.keys.sorted() {
            if let gathered = open.removeValue(forKey: second) { _ = close(gathered) }
        }
    }

    private mutating func close(_ gathered: Gathered) -> LoadProgress {
        var sample = gathered.sample
        let times = gathered.statistics.responseTime
        sample.completed = gathered.statistics.completed
        sample.failed = gathered.statistics.failed
        sample.p50 = times.percentile(50).milliseconds
        sample.p95 = times.percentile(95).milliseconds
        sample.p99 = times.percentile(99).milliseconds
        sample.maximum = times.maximum.milliseconds
        series.append(sample)
        total.add(gathered.statistics)
        for (kind, statistics) in gathered.kinds { kinds[kind].add(statistics) }
        for index in windows.indices {
            windows[index].take(
                statistics(of: windows[index].threshold, gathered), second: sample.second, limits: plan.judgementLimits)
        }
        return LoadProgress(
            latest: sample, total: total, elapsed: .seconds(sample.second + 1), plannedDuration: plan.executor.duration)
    }

    private func statistics(of threshold: Threshold, _ gathered: Gathered) -> LoadStatistics {
        guard let scope = threshold.scope else { return gathered.statistics }
        return gathered.kinds.filter { plan.requests[$0.key].name == scope }.values
            .reduce(into: LoadStatistics()) { $0.add($1) }
    }

    /// The first threshold that has failed so far and is to end the run, past its grace period.
    func abortingFailure(_ elapsed: Duration) -> String? {
        for threshold in plan.thresholds {
            guard let grace = threshold.abortsAfter, elapsed >= grace else { continue }
            let result =
                windows.first { $0.threshold == threshold }?.result
                ?? threshold.result(
                    .init(statistics: soFar(threshold), duration: elapsed), limits: plan.judgementLimits)
            if result.verdict == .failed { return "threshold '\(threshold)' failed: \(result.measured) \(result.note)" }
        }
        return nil
    }

    private func soFar(_ threshold: Threshold) -> LoadStatistics {
        guard let scope = threshold.scope else { return total }
        return plan.requests.indices.filter { plan.requests[$0].name == scope }
            .reduce(into: LoadStatistics()) { $0.add(kinds[$1]) }
    }

    /// The verdict of a threshold over windows, nil for one over the whole run.
    func windowedResult(_ threshold: Threshold) -> ThresholdResult? {
        windows.first { $0.threshold == threshold }?.result
    }
}

extension Executor {
    /// How long requests are started, nil when only counts end the run.
    var duration: Duration? {
        switch pacing {
        case .open(let schedule): schedule.count > 0 ? schedule.arrival(schedule.count - 1) : .zero
        case .closed(let schedule): schedule.requestsPerWorker == nil ? schedule.duration : nil
        }
    }
}
