import Foundation
import RunModel
import Testing

@testable import Job

@Suite struct ScheduleQueueTests {
    @Test("in random graphs no two checks that exclude each other run at once, dependencies end first, and all end")
    func property() throws {
        var random = SeededGenerator("the queue's property test")
        let exclusions: [Exclusion] = [.breaker, .loadWindow, .everything]
        for round in 0..<400 {
            let count = Int.random(in: 1...25, using: &random)
            let limit = Int.random(in: 1...6, using: &random)
            let descriptors = (0..<count).map { index in
                JobFixture.descriptor(
                    CheckID("X-\(index)"), needs: Int.random(in: 0..<3, using: &random) == 0 ? [.launch] : [],
                    dependsOn: (0..<index).filter { _ in Int.random(in: 0..<8, using: &random) == 0 }
                        .map { CheckID("X-\($0)") },
                    excludes: exclusions.filter { _ in Int.random(in: 0..<6, using: &random) == 0 })
            }.shuffled(using: &random)
            let byID = Dictionary(uniqueKeysWithValues: descriptors.map { ($0.id, $0) })
            var queue = ScheduleQueue(descriptors, limits: .init(checks: limit, launches: 2))
            var statuses: [CheckID: Status] = [:]
            var running: [CheckID] = []
            var steps = 0
            loop: while true {
                steps += 1
                try #require(steps < 10 * count + 10, "seed \(random.seed), round \(round): no end")
                switch queue.next(statuses) {
                case .done: break loop
                case .start(let id):
                    let started = try #require(byID[id])
                    for dependency in started.dependsOn {
                        #expect(statuses[dependency] == .passed || statuses[dependency] == .flaky)
                    }
                    running.append(id)
                    #expect(running.count <= limit)
                    #expect(running.count { byID[$0]?.needs == [.launch] } <= 2)
                    for other in running.dropLast() {
                        let mine = Set(started.excludes)
                        let theirs = Set(byID[other]?.excludes ?? [])
                        #expect(
                            mine.isDisjoint(with: theirs)
                                && mine.union(theirs).isDisjoint(with: [.everything, .loadWindow]),
                            "seed \(random.seed), round \(round): \(id) beside \(other)")
                    }
                case .settle(let id, let outcome):
                    let bad =
                        byID[id]?.dependsOn.compactMap { statuses[$0] }.filter { $0 != .passed && $0 != .flaky } ?? []
                    #expect(!bad.isEmpty, "\(id) was settled for nothing")
                    #expect(outcome.status == .blocked || outcome.status == .skipped)
                    statuses[id] = outcome.status
                case .wait:
                    let index = Int.random(in: 0..<running.count, using: &random)
                    let id = running.remove(at: index)
                    queue.finished(id)
                    statuses[id] = Int.random(in: 0..<4, using: &random) == 0 ? .failed : .passed
                }
            }
            #expect(running.isEmpty && statuses.count == count, "seed \(random.seed), round \(round)")
        }
    }

    @Test("a load has the target to itself: nothing starts next to it, and it starts next to nothing")
    func loadWindow() {
        let (load, upload) = (JobFixture.descriptor("PF-01", excludes: [.loadWindow]), JobFixture.descriptor("ML-40"))
        var queue = ScheduleQueue([upload, load], limits: .init(checks: 8, launches: 1))
        #expect(queue.next([:]) == .start("ML-40"))
        #expect(queue.next([:]) == .wait)
        queue.finished("ML-40")
        #expect(queue.next(["ML-40": .passed]) == .start("PF-01"))
        queue = ScheduleQueue([load, upload], limits: .init(checks: 8, launches: 1))
        #expect(queue.next([:]) == .start("PF-01"))
        #expect(queue.next([:]) == .wait)
        queue.finished("PF-01")
        #expect(queue.next(["PF-01": .passed]) == .start("ML-40"))
    }

    @Test("a circle of dependencies ends with an error for one of them, not with waiting for ever")
    func circle() {
        var queue = ScheduleQueue(
            [JobFixture.descriptor("A-1", dependsOn: ["A-2"]), JobFixture.descriptor("A-2", dependsOn: ["A-1"])],
            limits: .init(checks: 2, launches: 1))
        #expect(queue.next([:]) == .settle("A-1", .error("its dependencies go round in a circle")))
        #expect(queue.next(["A-1": .error]) == .settle("A-2", .blocked(by: "A-1")))
        #expect(queue.next(["A-1": .error, "A-2": .blocked]) == .done)
    }

    @Test("a check that depends on itself ends")
    func selfDependency() {
        var queue = ScheduleQueue(
            [JobFixture.descriptor("A-1", dependsOn: ["A-1"])], limits: .init(checks: 2, launches: 1))
        #expect(queue.next([:]) == .settle("A-1", .error("its dependencies go round in a circle")))
    }

    @Test("a check whose dependency was left out of the run runs without it")
    func leftOut() {
        var queue = ScheduleQueue(
            [JobFixture.descriptor("A-1", dependsOn: ["ELSEWHERE"])], limits: .init(checks: 1, launches: 1))
        #expect(queue.next([:]) == .start("A-1"))
    }

    @Test(
        "a dependency that did not pass blocks, one that was skipped skips",
        arguments: [
            (.failed, .blocked(by: "D")), (.timeout, .blocked(by: "D")), (.error, .blocked(by: "D")),
            (.inconclusive, .blocked(by: "D")), (.blocked, .blocked(by: "D")),
            (.skipped, .skipped("depends on D, which was skipped")),
        ] as [(Status, Outcome)])
    func verdicts(status: Status, outcome: Outcome) {
        var queue = ScheduleQueue(
            [JobFixture.descriptor("A-1", dependsOn: ["D"])], limits: .init(checks: 1, launches: 1))
        #expect(queue.next(["D": status]) == .settle("A-1", outcome))
    }
}
