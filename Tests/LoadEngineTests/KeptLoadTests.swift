import Formats
import Foundation
import RunModel
import Testing

@testable import LoadEngine

@Suite struct KeptLoadTests {
    /// A run with two loads, as a job keeps them.
    private func loads(_ simulated: SimulatedRun, seed: UInt64) -> [KeptLoad] {
        (0..<2).map { number in
            KeptLoad(
                check: CheckID("PF-0\(number)"), load: "load",
                report: simulated.report(seed: seed &* 1000 + UInt64(number)))
        }
    }

    /// The verdicts of 200 comparisons of fresh runs, without the floors that could only silence some of them.
    private func verdicts(
        _ simulated: SimulatedRun, against baseline: SimulatedRun, from seed: UInt64
    ) async -> [RegressionTest.Verdict] {
        var verdicts: [RegressionTest.Verdict] = []
        for number in 0..<UInt64(200) {
            let test = RegressionTest(smallestChange: 0, smallestDifference: .zero, draws: 400, seed: number)
            verdicts.append(
                test.compare(
                    loads(simulated, seed: seed + 2 * number), to: loads(baseline, seed: seed + 2 * number + 1)
                ).verdict)
            await Task.yield()
        }
        return verdicts
    }

    @Test(
        "over two loads together, at most one of twenty equal pairs is called different",
        arguments: [
            SimulatedRun(requestsPerSecond: 50, mood: 0.15), SimulatedRun(requestsPerSecond: 50, stalls: 0.1),
        ])
    func falseAlarms(simulated: SimulatedRun) async {
        let alarms = await verdicts(simulated, against: simulated, from: 1).filter { $0 != .same }.count
        #expect(alarms <= 10, "\(alarms) of 200")
    }

    @Test func `a slow-down of 20 % in one of two loads of 5,000 requests is found in nineteen of twenty runs`() async {
        var found = 0
        for number in 0..<UInt64(60) {
            var current = loads(SimulatedRun(), seed: 50_000 + number)
            current[1].report = SimulatedRun(factor: 1.2).report(seed: 90_000_000 + number)
            let test = RegressionTest(draws: 400, seed: number)
            let result = test.compare(current, to: loads(SimulatedRun(), seed: 60_000 + number))
            let slower = result.endpoints.filter { $0.verdict == .slower }.map(\.request)
            if result.verdict == .slower, slower.allSatisfy({ $0.hasPrefix("PF-01 load") }) { found += 1 }
            await Task.yield()
        }
        #expect(found >= 57, "\(found) of 60")
    }

    @Test func `loads are matched by check and name, and what has no match is named`() {
        let run = SimulatedRun(requestsPerSecond: 50)
        var current = loads(run, seed: 1)
        current[1].load = "another"
        let result = RegressionTest().compare(current, to: loads(run, seed: 2))
        #expect(result.verdict == .same)
        #expect(Set(result.endpoints.map(\.request)) == ["PF-00 load, /health"])
        #expect(result.notCompared == [.init(load: "PF-01 another", reason: "the baseline has no such load")])
    }

    @Test func `loads that were kept for another version of the method are not compared`() {
        let run = SimulatedRun(requestsPerSecond: 50)
        let old = loads(run, seed: 1).map { KeptLoad(check: $0.check, load: $0.load, method: 1, report: $0.report) }
        let result = RegressionTest().compare(loads(run, seed: 2), to: old)
        guard case .notComparable(let reason) = result.verdict else {
            return #expect(Bool(false), "compared across versions: \(result.verdict)")
        }
        #expect(reason.contains("version 1"))
        #expect(result.notCompared.count == 2)
    }

    @Test func `nothing kept is not comparable`() {
        let some = loads(SimulatedRun(requestsPerSecond: 50), seed: 1)
        #expect(RegressionTest().compare([], to: some).verdict == .notComparable("this run keeps no loads"))
        #expect(RegressionTest().compare(some, to: []).verdict == .notComparable("the baseline keeps no loads"))
    }

    @Test func `a kept load is read back without loss`() throws {
        let load = loads(SimulatedRun(), seed: 3)[0]
        #expect(try JSON.decode(KeptLoad.self, from: JSON.data(load)) == load)
        let slower = KeptLoad(check: load.check, load: load.load, report: SimulatedRun(factor: 2).report(seed: 3))
        #expect(try JSON.decode(KeptLoad.self, from: JSON.data(slower)) != load)
    }
}
