import Formats

/// One thread's part of a load run: starts requests when they are due, lets the transport move bytes, records what
/// ended. Confined to its thread. Compiled for each transport, so that the seam costs a request nothing.
struct EventLoop<Wire: Transport> {
    typealias Slot = Wire.Slot

    let plan: LoadPlan
    let index: Int
    let control: LoadControl
    let post: (LoopSecond) -> Void

    var transport: Wire
    /// The order in which the kinds of requests take turns, by weight.
    let turns: [Int]
    let deadline: Int64
    let maximumInFlight: Int

    var recorders: [RequestRecorder]
    var idle: [[Slot]]
    var slots: [Slot] = []
    var feed: RequestFeed
    var figures = GeneratorFigures()

    var inFlight = 0
    var oldest: Slot?
    var newest: Slot?
    var isAccepting = true
    /// Set by a failure for the worker that had it.
    var lastFailurePause: Int64 = 0
    /// When what is still in flight is given up.
    var drainUntil = Int64.max
    var now: Int64
    var lastStartAt: Int64

    var second = 0
    var startedInSecond = 0
    var areaInSecond = 0.0
    var area = 0.0
    private var countedUntil: Int64
    private let longestWait: Int64 = 100_000_000

    init(
        _ plan: LoadPlan, index: Int, control: LoadControl, transport: Wire, post: @escaping (LoopSecond) -> Void
    ) {
        self.plan = plan
        self.index = index
        self.control = control
        self.post = post
        self.transport = transport
        turns = RequestTurns.order(plan.requests.map(\.weight))
        deadline = plan.limits.deadline.nanoseconds
        let threads = plan.limits.threads
        maximumInFlight = plan.limits.maximumInFlight(ofLoop: index)
        recorders = plan.requests.indices.map { RequestRecorder(kind: $0) }
        idle = plan.requests.map { _ in [] }
        feed = RequestFeed(plan.executor.pacing, index: index, threads: threads)
        now = control.startedAt
        lastStartAt = control.startedAt
        countedUntil = control.startedAt
        control.register(transport.wake)
    }

    mutating func run() -> LoopResult {
        let processorAtStart = MonotonicClock.thread()
        now = MonotonicClock.now()
        countedUntil = now
        var waitedUntil = now
        while true {
            now = MonotonicClock.now()
            countTimeInFlight()
            figures.longestPause = max(figures.longestPause, .nanoseconds(now - waitedUntil))
            endIfAsked()
            startWhatIsDue()
            advance()
            expire()
            while now >= control.startedAt + Int64(second + 1) * 1_000_000_000 { closeSecond() }
            if inFlight == 0 && !isAccepting { break }
            if inFlight > 0 && now >= drainUntil { abandon() }
            waitedUntil = transport.isBusy ? now : wait()
        }
        closeSecond()
        return result(processorTime: MonotonicClock.thread() - processorAtStart)
    }

    /// Gives everything back to the transport and the system.
    mutating func close() {
        abandon()
        for slot in slots { transport.free(slot) }
        slots.removeAll()
        transport.close()
    }

    private mutating func endIfAsked() {
        let wasAccepting = isAccepting
        if control.mustStop && drainUntil == .max {
            isAccepting = false
            // What a person or a safety condition asked for does not wait for slow answers; a used-up budget does.
            if case .budget = control.reportedEnding {} else { drainUntil = now + min(deadline, 1_000_000_000) }
        } else if isAccepting && now - control.startedAt > plan.limits.maximumDuration.nanoseconds {
            control.stop(.budget("\(plan.limits.maximumDuration.readable) of run time"))
            isAccepting = false
        }
        if wasAccepting && !isAccepting { feed.countWhatWasDue(now - control.startedAt) }
    }

    /// Brings the area under the number of requests in flight up to now; called before that number changes.
    mutating func countTimeInFlight() {
        let step = Double(now - countedUntil) * Double(inFlight)
        area += step
        areaInSecond += step
        countedUntil = now
    }

    private mutating func closeSecond() {
        var kinds: [KindSecond] = []
        for kind in recorders.indices {
            if let figures = recorders[kind].takeSecond() { kinds.append(figures) }
        }
        post(
            LoopSecond(
                loop: index, second: second, started: startedInSecond, inFlightArea: areaInSecond, kinds: kinds))
        second += 1
        startedInSecond = 0
        areaInSecond = 0
    }

    /// Sleeps until something can be done; returns the moment by which it should have come back.
    private mutating func wait() -> Int64 {
        var until = min(now + longestWait, control.startedAt + Int64(second + 1) * 1_000_000_000)
        if let oldest { until = min(until, oldest.pointee.sent + deadline) }
        if isAccepting && inFlight < maximumInFlight, let due = feed.nextDue(control.startedAt) {
            until = min(until, due)
        }
        guard until > now else { return now }
        transport.wait(until: until)
        // Woken by a socket: the wait was no pause, however long it was planned to be.
        return min(MonotonicClock.now(), until)
    }

    private func result(processorTime: Int64) -> LoopResult {
        var figures = figures
        figures.planned = feed.planned
        figures.dropped = feed.dropped
        figures.processorTime = .nanoseconds(processorTime)
        figures.busiestThread = Double(processorTime) / Double(max(1, now - control.startedAt))
        return LoopResult(
            loop: index, statistics: recorders.map(\.statistics), figures: figures, inFlightArea: area, endedAt: now,
            lastStartAt: lastStartAt)
    }
}

/// Spreads kinds of requests evenly by weight: 3 and 1 become A A B A, not A A A B at random.
enum RequestTurns {
    static func order(_ weights: [Int]) -> [Int] {
        let divisor = weights.reduce(0, greatestCommonDivisor)
        let shares = weights.map { max(1, $0 / max(1, divisor)) }
        let sum = shares.reduce(0, +)
        var credit = shares.map { _ in 0 }
        return (0..<min(sum, 100_000)).map { _ in
            for kind in credit.indices { credit[kind] += shares[kind] }
            let chosen = credit.indices.max { (credit[$0], -$0) < (credit[$1], -$1) } ?? 0
            credit[chosen] -= sum
            return chosen
        }
    }

    private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
        right == 0 ? left : greatestCommonDivisor(right, left % right)
    }
}
