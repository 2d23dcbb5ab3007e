import Formats

extension LoadJudgement {
    /// Judges the generator, not the target: pure, from a run's figures.
    static func of(
        _ report: LoadReport, isOpen: Bool, limits: JudgementLimits
    ) -> LoadJudgement {
        var judgement = LoadJudgement()
        let generator = report.generator
        if report.overall.completed == 0 { judgement.reasons.append("no request was completed: there are no samples") }
        if isOpen { judgement.judgePlan(report, limits) }
        if generator.longestPause > limits.pause {
            judgement.reasons.append(
                "the generator stood still for \(generator.longestPause.readable); expected at most \(limits.pause.readable)"
            )
        }
        if generator.suspended > .milliseconds(100) {
            judgement.reasons.append("the machine slept for \(generator.suspended.readable) during the run")
        }
        if abs(generator.wallClockDrift.seconds) > 0.5 {
            judgement.notes.append(
                "the wall clock jumped by \(generator.wallClockDrift.readable); times are of the monotonic clock")
        }
        judgement.judgeLittlesLaw(report, limits)
        judgement.judgeProcessor(report, isOpen: isOpen, limits)
        return judgement
    }

    private mutating func judgePlan(_ report: LoadReport, _ limits: JudgementLimits) {
        let generator = report.generator
        let late = generator.lateStart.percentile(99)
        let allowed = max(
            limits.lateStart, report.overall.responseTime.percentile(99).stretched(by: limits.latenessShare))
        if late > allowed {
            reasons.append(
                "1 % of the requests were sent \(late.readable) late or more; expected at most \(allowed.readable)")
        }
        if generator.dropped > 0 {
            reasons.append("\(generator.dropped) planned requests were never sent: too many were in flight")
        }
        let share = generator.planned == 0 ? 1 : Double(generator.started) / Double(generator.planned)
        if share < limits.achievedShare && report.ending == .completed {
            reasons.append(
                "\((share * 100).shortText) % of the planned requests were sent; expected \((limits.achievedShare * 100).shortText) %"
            )
        }
    }

    /// In flight = rate × time spent: if that does not fit, something was not counted.
    private mutating func judgeLittlesLaw(_ report: LoadReport, _ limits: JudgementLimits) {
        let times = report.overall.responseTime
        guard times.count >= 1000, report.duration > .zero, times.count == report.overall.completed else { return }
        // What was spent in flight begins when a request is sent, the response time when it was due.
        let late = report.generator.lateStart
        let spent = times.mean.seconds * Double(times.count) - late.mean.seconds * Double(late.count)
        let expected = spent / report.duration.seconds
        let measured = report.generator.meanInFlight
        let difference = abs(measured - expected)
        if difference > max(0.5, limits.littlesLaw * max(expected, measured)) {
            reasons.append(
                "Little's law does not hold: \(measured.shortText) in flight, but rate × time in flight is \(expected.shortText)"
            )
        }
    }

    private mutating func judgeProcessor(_ report: LoadReport, isOpen: Bool, _ limits: JudgementLimits) {
        let share = report.generator.busiestThread
        guard share > limits.processorShare else { return }
        let text = "an event loop used \((share * 100).shortText) % of a processor: the generator was the limit"
        if isOpen || report.thresholds.contains(where: { $0.verdict == .failed }) {
            reasons.append(text)
        } else {
            notes.append(text + ", the target may be able to do more")
        }
    }
}
