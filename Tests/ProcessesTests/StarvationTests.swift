import Foundation
import Testing

@testable import Processes

@Suite struct StarvationTests {
    private static let statistics = """
        cpu  1000 0 500 8000 100 0 50 350 0 0
        cpu0 500 0 250 4000 50 0 25 175 0 0
        procs_running 4000
        procs_blocked 0

        """

    @Test func `the kernel's counters are read`() {
        let counters = ProcessorCounters(
            pressure:
                "some avg10=1.00 avg60=2.00 avg300=3.00 total=5000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n",
            statistics: Self.statistics)
        #expect(counters.pressure == 5_000_000)
        #expect(counters.ticks == 10_000)
        #expect(counters.stolenTicks == 350)
        #expect(counters.isCrowded)
    }

    @Test(
        "what is not told, or told otherwise, is not known",
        arguments: [
            nil, "", "some", "some total=", "some total=-1", "some total=99999999999999999999999", "cpu", "cpu x y",
            "cpu -1",
        ])
    func unreadable(text: String?) {
        let counters = ProcessorCounters(pressure: text, statistics: text)
        #expect(counters.pressure == nil)
        #expect(counters.waiting(since: counters, .seconds(1)) == nil)
        #expect(counters.stolen(since: counters) == nil)
        #expect(!counters.isCrowded)
    }

    @Test func `shares are of the time between two looks, and counters that begin anew say nothing`() {
        let first = ProcessorCounters(pressure: "some total=1000000", statistics: "cpu 100 0 0 900 0 0 0 0")
        let second = ProcessorCounters(pressure: "some total=1500000", statistics: "cpu 150 0 0 930 0 0 0 20")
        #expect(second.waiting(since: first, .seconds(2)) == 0.25)
        #expect(second.stolen(since: first) == 0.2)
        #expect(first.waiting(since: second, .seconds(2)) == nil)
        #expect(first.stolen(since: second) == nil)
        #expect(second.waiting(since: first, .milliseconds(1)) == 1)
    }

    @Test(
        "each sign alone makes it severe",
        arguments: [
            (Starvation(longestPause: 0.01, waiting: 0.3, stolen: 0), false),
            (Starvation(longestPause: 0.01, waiting: nil, stolen: nil), false),
            (Starvation(longestPause: 3, waiting: nil, stolen: nil), true),
            (Starvation(longestPause: 0.01, waiting: 0.97, stolen: nil), true),
            (Starvation(longestPause: 0.01, waiting: 0.1, stolen: 0.4), true),
        ])
    func severity(starvation: Starvation, isSevere: Bool) {
        #expect(starvation.isSevere == isSevere, "\(starvation.text)")
    }

    @Test func `a pause of the thread pool is seen`() async throws {
        let watch = StarvationWatch()
        let start = ContinuousClock.now
        try await Task.sleep(for: .milliseconds(100))
        // Every thread of the pool is taken for a while.
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<(2 * ProcessInfo.processInfo.activeProcessorCount) {
                group.addTask {
                    let end = ContinuousClock.now + .milliseconds(400)
                    while ContinuousClock.now < end {}
                }
            }
        }
        try await Task.sleep(for: .milliseconds(100))
        #expect(watch.since(start).longestPause > 0.2, "\(watch.since(start).text)")
    }
}
