import Formats
import HTTPClient
import TestSupport
import Testing

@testable import LoadEngine

@Suite struct ExecutorTests {
    @Test func `a constant arrival rate spaces its starts equally`() {
        let schedule = ConstantArrivalRate(rate: 250, duration: .seconds(2))
        #expect(schedule.count == 500)
        #expect(schedule.arrival(0) == .zero)
        #expect(schedule.arrival(1) == .milliseconds(4))
        #expect(schedule.arrival(499) == .milliseconds(1996))
    }

    @Test func `a stretched load keeps rates, workers and pauses, and its time spans keep their proportions`() {
        let rate = Executor.constantArrivalRate(.init(rate: 50, duration: .seconds(21)))
        #expect(rate.stretched(by: 0.25) == .constantArrivalRate(.init(rate: 50, duration: .milliseconds(5250))))
        let workers = Executor.rampingWorkers(
            .init(startWorkers: 1, stages: [.init(workers: 4, duration: .seconds(2))], thinkTime: .seconds(1)))
        #expect(
            workers.stretched(by: 2)
                == .rampingWorkers(
                    .init(startWorkers: 1, stages: [.init(workers: 4, duration: .seconds(4))], thinkTime: .seconds(1))))
        let count = Executor.fixedCountPerWorker(.init(workers: 2, requestsEach: 3))
        #expect(count.stretched(by: 2) == count)
    }

    @Test func `a ramp's arrivals follow the area under its rate`() {
        let schedule = RampingArrivalRate(
            startRate: 0,
            stages: [.init(rate: 100, duration: .seconds(10)), .init(rate: 100, duration: .seconds(5))]
        ).schedule
        #expect(schedule.count == 1000)
        // 500 requests fill the triangle; after t seconds of it there were 5·t².
        for (index, seconds) in [(0, 0.0), (5, 1.0), (125, 5.0), (500, 10.0), (750, 12.5)] {
            #expect(abs(schedule.arrival(index).seconds - seconds) < 0.001, "arrival \(index)")
        }
        let arrivals = (0..<1000).map(schedule.arrival)
        #expect(zip(arrivals, arrivals.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func `a falling ramp ends with its last stage`() {
        let schedule = RampingArrivalRate(startRate: 100, stages: [.init(rate: 0, duration: .seconds(4))]).schedule
        #expect(schedule.count == 200)
        #expect(schedule.arrival(199) < .seconds(4))
        #expect(schedule.arrival(100) > .seconds(1))
    }

    @Test func `a spike jumps up and down again`() {
        let spike = Spike(
            baseRate: 10, peakRate: 1000, before: .seconds(2), peak: .seconds(1), after: .seconds(2))
        let schedule = spike.stages.schedule
        #expect(schedule.count == 20 + 1000 + 20)
        #expect(abs(schedule.arrival(20).seconds - 2) < 0.001)
        #expect(abs(schedule.arrival(520).seconds - 2.5) < 0.001)
        #expect(abs(schedule.arrival(1020).seconds - 3) < 0.001)
    }

    @Test(arguments: [(0, 2), (5000, 6), (9999, 10), (12_000, 10), (16_000, 5)])
    func `ramping workers move in straight lines`(milliseconds: Int, workers: Int) {
        let schedule = RampingWorkers(
            startWorkers: 2,
            stages: [
                .init(workers: 10, duration: .seconds(10)), .init(workers: 10, duration: .seconds(5)),
                .init(workers: 0, duration: .seconds(2)),
            ])
        #expect(schedule.workers(at: .milliseconds(milliseconds)) == workers)
        #expect(schedule.maximumWorkers == 10)
    }

    @Test(arguments: [
        ([1], [0]), ([1, 1], [0, 1]), ([3, 1], [0, 0, 1, 0]), ([25, 25, 25, 25], [0, 1, 2, 3]), ([2, 4], [1, 0, 1]),
    ])
    func `requests take turns by weight, spread evenly`(weights: [Int], order: [Int]) {
        #expect(RequestTurns.order(weights) == order)
    }

    @Test(arguments: [
        Executor.constantArrivalRate(.init(rate: 0, duration: .seconds(1))),
        .constantArrivalRate(.init(rate: .nan, duration: .seconds(1))),
        .constantArrivalRate(.init(rate: 1e9, duration: .seconds(1))),
        .constantArrivalRate(.init(rate: 1, duration: .zero)),
        .constantArrivalRate(.init(rate: 1, duration: .seconds(-1))),
        .rampingArrivalRate(.init(startRate: 1, stages: [])),
        .rampingArrivalRate(.init(startRate: -1, stages: [.init(rate: 1, duration: .seconds(1))])),
        .constantWorkers(.init(workers: 0, duration: .seconds(1))),
        .constantWorkers(.init(workers: 1_000_000, duration: .seconds(1))),
        .rampingWorkers(.init(startWorkers: 0, stages: [.init(workers: 0, duration: .seconds(1))])),
        .fixedCountPerWorker(.init(workers: 1, requestsEach: 0)),
    ])
    func `an executor beyond its bounds is refused before anything is sent`(executor: Executor) async throws {
        let server = try LoopbackHTTPServer { _ in .response(200) }
        await #expect(throws: LoadPlanError.self) {
            _ = try await LoadEngine(LoadPlan(requests: [LoadRequest(url: server.url)], executor: executor)).run()
        }
        #expect(server.requests.isEmpty)
    }
}
