extension Threshold {
    /// What a threshold looks at: a run, one kind of request of it, or a window.
    struct Sample {
        var statistics: LoadStatistics
        var duration: Duration
    }

    /// Judges figures; no samples, or too few, are inconclusive, never a pass.
    func result(_ sample: Sample, limits: JudgementLimits) -> ThresholdResult {
        let statistics = sample.statistics
        guard statistics.completed > 0 else { return inconclusive("no samples") }
        if metric.isTime && statistics.responseTime.isEmpty {
            return inconclusive("no request was answered (\(statistics.errors.summary))")
        }
        let value = figure(sample)
        let floor = metric.sampleFloor(limits)
        let holds = comparison.holds(value, bound)
        if metric.isTime && statistics.responseTime.count < floor {
            return ThresholdResult(
                threshold: description, verdict: .inconclusive, measured: metric.text(value),
                note: "\(statistics.responseTime.count) samples; \(metric) needs \(floor)")
        }
        return ThresholdResult(
            threshold: description, verdict: holds ? .met : .failed, measured: metric.text(value), note: "")
    }

    func inconclusive(_ note: String) -> ThresholdResult {
        ThresholdResult(threshold: description, verdict: .inconclusive, measured: "", note: note)
    }

    private func figure(_ sample: Sample) -> Double {
        let statistics = sample.statistics
        switch metric {
        case .percentile(let value): return statistics.responseTime.percentile(value).seconds
        case .servicePercentile(let value): return statistics.serviceTime.percentile(value).seconds
        case .mean: return statistics.responseTime.mean.seconds
        case .minimum: return statistics.responseTime.minimum.seconds
        case .maximum: return statistics.responseTime.maximum.seconds
        case .errorRate: return statistics.errorRate
        case .errors: return Double(statistics.failed)
        case .rate: return sample.duration > .zero ? Double(statistics.completed) / sample.duration.seconds : 0
        case .requests: return Double(statistics.completed)
        }
    }
}

extension [String: Int] {
    /// `HTTP_503 × 12, timeout × 3`, most frequent first.
    var summary: String {
        sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) × \($0.value)" }.joined(separator: ", ")
    }
}
