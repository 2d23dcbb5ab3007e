/// Decides which request of one event loop is due when, for both models. Pure: it is told the time.
struct RequestFeed {
    /// A request that is to be sent now.
    struct Due: Equatable {
        /// From the start of the run, nanoseconds. In a closed model the moment at which its worker was ready.
        var planned: Int64
        var worker: Int
    }

    enum Answer: Equatable {
        case start(Due)
        /// Nothing is due at this moment.
        case nothingYet
        /// Nothing will be due any more.
        case finished
    }

    // Two optionals and not an enum with payloads: those would be copied, arrays and all, for every request.
    private var open: OpenFeed?
    private var closed: ClosedFeed?
    private(set) var planned = 0
    private(set) var dropped = 0

    init(_ pacing: Executor.Pacing, index: Int, threads: Int) {
        switch pacing {
        case .open(let schedule): open = OpenFeed(schedule, index: index, threads: threads)
        case .closed(let schedule): closed = ClosedFeed(schedule, index: index, threads: threads)
        }
    }

    var isOpen: Bool { open != nil }

    /// The next request, if one is due at this time since the start of the run.
    mutating func next(_ elapsed: Int64) -> Answer {
        let answer = open?.next(elapsed) ?? closed?.next(elapsed) ?? .finished
        if case .start = answer { planned += 1 }
        return answer
    }

    /// A worker has its answer; it goes on after thinking, and after the pause that a dead target earns.
    mutating func finished(_ worker: Int, _ elapsed: Int64, pause: Int64) {
        closed?.finished(worker, elapsed, pause: pause)
    }

    /// Skips arrivals that waited for a free transfer longer than their deadline.
    mutating func dropOverdue(_ elapsed: Int64, deadline: Int64) {
        let skipped = open?.skip(dueBefore: elapsed - deadline) ?? 0
        planned += skipped
        dropped += skipped
    }

    /// After an early end: what was due and not sent counts as planned.
    mutating func countWhatWasDue(_ elapsed: Int64) {
        planned += open?.skip(dueBefore: elapsed) ?? 0
    }

    /// When the next request is due, on the clock that the run began at; nil when only an answer can bring one.
    func nextDue(_ startedAt: Int64) -> Int64? {
        (open?.nextDue ?? closed?.nextDue).map { $0 + startedAt }
    }
}

/// One event loop's share of an open model: every so-manieth arrival.
private struct OpenFeed {
    private let schedule: any ArrivalSchedule
    private let count: Int
    private let stride: Int
    private var index: Int
    private var dueAt: Int64

    init(_ schedule: any ArrivalSchedule, index: Int, threads: Int) {
        self.schedule = schedule
        self.index = index
        count = schedule.count
        stride = threads
        dueAt = index < count ? schedule.arrival(index).nanoseconds : .max
    }

    private mutating func step() {
        index += stride
        dueAt = index < count ? schedule.arrival(index).nanoseconds : .max
    }

    mutating func next(_ elapsed: Int64) -> RequestFeed.Answer {
        guard index < count else { return .finished }
        guard dueAt <= elapsed else { return .nothingYet }
        defer { step() }
        return .start(.init(planned: dueAt, worker: 0))
    }

    mutating func skip(dueBefore moment: Int64) -> Int {
        var skipped = 0
        while index < count, dueAt < moment {
            step()
            skipped += 1
        }
        return skipped
    }

    var nextDue: Int64? { index < count ? dueAt : nil }
}

/// One event loop's share of the workers of a closed model.
private struct ClosedFeed {
    private let schedule: any WorkerSchedule
    private let threads: Int
    private let index: Int
    private let duration: Int64
    private let thinkTime: Int64
    private var queue: WorkerQueue
    /// Workers that pause after a target that was not there; apart, so that each queue keeps its order.
    private var pausing: WorkerQueue
    /// Workers that exist: ready, thinking or waiting for an answer.
    private var live = 0
    private var spawned = 0
    /// Requests left for each worker, when they are counted.
    private var left: [Int]
    private let isCounted: Bool

    init(_ schedule: any WorkerSchedule, index: Int, threads: Int) {
        self.schedule = schedule
        self.index = index
        self.threads = threads
        duration = schedule.duration?.nanoseconds ?? .max
        thinkTime = schedule.thinkTime.nanoseconds
        let workers = (schedule.maximumWorkers + threads - 1 - index) / threads
        queue = WorkerQueue(capacity: workers)
        pausing = WorkerQueue(capacity: workers)
        isCounted = schedule.requestsPerWorker != nil
        left = schedule.requestsPerWorker.map { Array(repeating: $0, count: workers) } ?? []
    }

    mutating func next(_ elapsed: Int64) -> RequestFeed.Answer {
        guard elapsed < duration else { return .finished }
        let target = (schedule.workers(at: .nanoseconds(elapsed)) + threads - 1 - index) / threads
        // A worker with a count is hired once; others are replaced when a ramp rises again.
        while (isCounted ? spawned : live) < target {
            queue.append(spawned, readyAt: elapsed)
            spawned += 1
            live += 1
        }
        if isCounted && live == 0 { return .finished }
        while let worker = queue.take(elapsed) ?? pausing.take(elapsed) {
            if isCounted || live <= target { return .start(.init(planned: elapsed, worker: worker)) }
            live -= 1
        }
        return .nothingYet
    }

    mutating func finished(_ worker: Int, _ elapsed: Int64, pause: Int64) {
        if isCounted {
            left[worker] -= 1
            guard left[worker] > 0 else {
                live -= 1
                return
            }
        }
        if pause > thinkTime {
            pausing.append(worker, readyAt: elapsed + pause)
        } else {
            queue.append(worker, readyAt: elapsed + thinkTime)
        }
    }

    var nextDue: Int64? {
        [queue.nextAt, pausing.nextAt, duration].min().flatMap { $0 == .max ? nil : $0 }
    }
}
