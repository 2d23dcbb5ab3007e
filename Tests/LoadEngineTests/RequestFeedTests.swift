import Testing

@testable import LoadEngine

@Suite struct RequestFeedTests {
    private let millisecond: Int64 = 1_000_000

    @Test func `an open model gives each start at its time, whatever was answered`() {
        var feed = RequestFeed(
            .open(ConstantArrivalRate(rate: 100, duration: .milliseconds(30))), index: 0, threads: 1)
        #expect(feed.next(0) == .start(.init(planned: 0, worker: 0)))
        #expect(feed.next(5 * millisecond) == .nothingYet)
        #expect(feed.nextDue(1000) == 1000 + 10 * millisecond)
        // Late: the planned moment stays the planned one.
        #expect(feed.next(25 * millisecond) == .start(.init(planned: 10 * millisecond, worker: 0)))
        #expect(feed.next(25 * millisecond) == .start(.init(planned: 20 * millisecond, worker: 0)))
        #expect(feed.next(25 * millisecond) == .finished)
        #expect(feed.planned == 3)
    }

    @Test func `several loops share the arrivals without a gap or a double`() {
        var planned: [Int64] = []
        for index in 0..<3 {
            var feed = RequestFeed(
                .open(ConstantArrivalRate(rate: 1000, duration: .milliseconds(10))), index: index, threads: 3)
            while case .start(let due) = feed.next(.max / 2) { planned.append(due.planned) }
        }
        #expect(planned.sorted() == (0..<10).map { Int64($0) * millisecond })
    }

    @Test func `arrivals that nothing could send before their deadline are dropped and counted`() {
        var feed = RequestFeed(
            .open(ConstantArrivalRate(rate: 1000, duration: .milliseconds(10))), index: 0, threads: 1)
        feed.dropOverdue(7 * millisecond, deadline: 3 * millisecond)
        #expect(feed.dropped == 4)
        #expect(feed.next(7 * millisecond) == .start(.init(planned: 4 * millisecond, worker: 0)))
        feed.countWhatWasDue(9 * millisecond)
        #expect(feed.planned == 4 + 1 + 4)
        #expect(feed.dropped == 4)
    }

    @Test func `a worker waits for its answer, thinks, and goes on`() {
        let workers = ConstantWorkers(workers: 2, duration: .seconds(1), thinkTime: .milliseconds(10))
        var feed = RequestFeed(.closed(workers), index: 0, threads: 1)
        #expect(feed.next(0) == .start(.init(planned: 0, worker: 0)))
        #expect(feed.next(0) == .start(.init(planned: 0, worker: 1)))
        #expect(feed.next(0) == .nothingYet)
        feed.finished(1, 5 * millisecond, pause: 0)
        #expect(feed.next(14 * millisecond) == .nothingYet)
        #expect(feed.next(15 * millisecond) == .start(.init(planned: 15 * millisecond, worker: 1)))
        #expect(feed.next(1000 * millisecond) == .finished)
    }

    @Test func `each worker sends its count and no more`() {
        var feed = RequestFeed(.closed(FixedCountPerWorker(workers: 3, requestsEach: 4)), index: 0, threads: 1)
        var counts: [Int: Int] = [:]
        var time: Int64 = 0
        loop: while true {
            time += millisecond
            switch feed.next(time) {
            case .start(let due):
                counts[due.worker, default: 0] += 1
                feed.finished(due.worker, time, pause: 0)
            case .nothingYet: continue
            case .finished: break loop
            }
        }
        #expect(counts == [0: 4, 1: 4, 2: 4])
    }

    @Test func `a pausing worker does not hold the others up`() {
        var feed = RequestFeed(.closed(ConstantWorkers(workers: 2, duration: .seconds(1))), index: 0, threads: 1)
        _ = feed.next(0)
        _ = feed.next(0)
        feed.finished(0, 0, pause: 10 * millisecond)
        feed.finished(1, millisecond, pause: 0)
        #expect(feed.next(millisecond) == .start(.init(planned: millisecond, worker: 1)))
        #expect(feed.next(millisecond) == .nothingYet)
        #expect(feed.nextDue(0) == 10 * millisecond)
    }

    @Test func `workers leave when a ramp falls and come back when it rises`() {
        let ramp = RampingWorkers(
            startWorkers: 2,
            stages: [.init(workers: 0, duration: .milliseconds(20)), .init(workers: 2, duration: .milliseconds(20))])
        var feed = RequestFeed(.closed(ramp), index: 0, threads: 1)
        #expect(feed.next(0) == .start(.init(planned: 0, worker: 0)))
        #expect(feed.next(0) == .start(.init(planned: 0, worker: 1)))
        feed.finished(0, 19 * millisecond, pause: 0)
        feed.finished(1, 19 * millisecond, pause: 0)
        #expect(feed.next(19 * millisecond) == .nothingYet)
        guard case .start = feed.next(39 * millisecond) else { return #expect(Bool(false), "nobody came back") }
        guard case .start = feed.next(39 * millisecond) else { return #expect(Bool(false), "only one came back") }
        #expect(feed.next(39 * millisecond) == .nothingYet)
    }
}
