/// Why two runs say nothing about each other.
struct Incomparable: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension RegressionTest {
    /// Endpoint by endpoint what two runs have in common.
    ///
    /// - Throws: what keeps them from being compared at all.
    func pairs(_ current: LoadReport, _ baseline: LoadReport) throws(Incomparable) -> [Pair] {
        if let reason = Self.obstacle(current, baseline) { throw Incomparable(reason) }
        let spread = (try SecondsSpread(baseline, "the baseline"), try SecondsSpread(current, "this run"))
        let pairs = current.requests.keys.sorted().compactMap { name -> Pair? in
            guard let now = current.requests[name], let before = baseline.requests[name] else { return nil }
            return Pair(
                name: name, baseline: before.responseTime, current: now.responseTime,
                // A run without a stalled second cannot know how they spread; the other one may.
                inflation: { max(spread.0.inflation($0), spread.1.inflation($0)) })
        }
        guard pairs.contains(where: { min($0.baseline.count, $0.current.count) >= sampleFloor }) else {
            throw Incomparable("fewer than \(sampleFloor) answers on one of the sides")
        }
        return pairs
    }

    private static func obstacle(_ current: LoadReport, _ baseline: LoadReport) -> String? {
        if current.format != baseline.format {
            return "the baseline was written in format \(baseline.format), this run in format \(current.format)"
        }
        if current.executor != baseline.executor {
            return "the load differs: \(baseline.executor) then, \(current.executor) now"
        }
        let names = (Set(baseline.requests.keys), Set(current.requests.keys))
        if names.0 != names.1 {
            return "the requests differ: \(names.0.symmetricDifference(names.1).sorted().joined(separator: ", "))"
        }
        if current.targets != baseline.targets {
            return "the target differs: \(baseline.targets.joined(separator: ", ")) then, "
                + "\(current.targets.joined(separator: ", ")) now"
        }
        if let reason = baseline.judgement.reasons.first { return "the baseline cannot be trusted: \(reason)" }
        if let reason = current.judgement.reasons.first { return "this run cannot be trusted: \(reason)" }
        for (report, side) in [(baseline, "the baseline's load"), (current, "this load")] {
            if case .stopped(let reason) = report.ending { return "\(side) was ended early: \(reason)" }
            if report.ending == .cancelled { return "\(side) was cut short" }
        }
        if abs(current.overall.errorRate - baseline.overall.errorRate) > 0.1 {
            return "the error rates are too far apart (\(rates(current, baseline))): other requests were answered"
        }
        return nil
    }

    private static func rates(_ current: LoadReport, _ baseline: LoadReport) -> String {
        func percent(_ report: LoadReport) -> String { "\((report.overall.errorRate * 100).shortText) %" }
        return "\(percent(baseline)) then, \(percent(current)) now"
    }

    static func errorNote(_ current: LoadReport, _ baseline: LoadReport) -> String? {
        abs(current.overall.errorRate - baseline.overall.errorRate) < 0.01
            ? nil : "the error rate changed: \(rates(current, baseline))"
    }
}
