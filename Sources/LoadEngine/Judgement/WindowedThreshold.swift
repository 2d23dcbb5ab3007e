import Formats

/// A threshold that must hold in every stretch of its window's length, judged second by second.
struct WindowedThreshold {
    let threshold: Threshold
    private let seconds: Int
    private var ring: [LoadStatistics] = []
    private var judged: ThresholdResult?
    private var tooFew = ""

    init?(_ threshold: Threshold) {
        guard let window = threshold.window else { return nil }
        self.threshold = threshold
        seconds = max(1, Int(clamping: window.seconds))
    }

    mutating func take(_ statistics: LoadStatistics, second: Int, limits: JudgementLimits) {
        ring.append(statistics)
        if ring.count > seconds { ring.removeFirst() }
        guard ring.count == seconds, judged?.verdict != .failed else { return }
        let sum = ring.reduce(into: LoadStatistics()) { $0.add($1) }
        var result = threshold.result(.init(statistics: sum, duration: .seconds(seconds)), limits: limits)
        let place = "seconds \(second - seconds + 1)–\(second)"
        result.note = result.note.isEmpty ? place : "\(place): \(result.note)"
        switch result.verdict {
        case .failed: judged = result
        case .inconclusive: tooFew = result.note
        case .met: judged = judged ?? result
        }
    }

    /// Met only when some window was judged and none failed or lacked samples.
    var result: ThresholdResult {
        if let judged, judged.verdict == .failed { return judged }
        if !tooFew.isEmpty { return threshold.inconclusive(tooFew) }
        guard var judged else { return threshold.inconclusive("the run was shorter than one window") }
        judged.note = "in every window"
        judged.measured = ""
        return judged
    }
}
