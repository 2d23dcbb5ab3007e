import Foundation
import Testing

@testable import ObjectStorage

/// The lock, explored. `ci/lock-model` explores further.
@Suite struct LeaseModelTests {
    private static func bound(_ name: String, _ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["PLUMBLINE_LOCK_\(name)"].flatMap { Int($0) } ?? usual
    }

    @Test func `never two owners, and no change by one who is out, however requests and answers are lost`() {
        let bounds = LeaseModel.Bounds(
            time: Self.bound("TIME", 4), events: Self.bound("EVENTS", 1), processes: Self.bound("PROCESSES", 2))
        let result = LeaseModel(terms: LeaseModel.terms, bounds: bounds).explore()
        print(
            "lock model: \(result.states) states, \(bounds.processes) processes, \(bounds.time) ticks (lease 3, grace 1), "
                + "\(bounds.events) mishaps; \(result.takeovers) states after a takeover, \(result.fenced) with one fenced, "
                + "highest generation \(result.highestGeneration)")
        #expect(result.violation == nil)
        #expect(result.takeovers > 0)
        #expect(result.fenced > 0)
    }

    /// Without it nobody knows whether the exploration could find anything.
    @Test func `a lock that is taken too early is found out`() {
        let hasty = LeaseMachine.Terms(lease: .seconds(3), grace: .seconds(-3), pause: .seconds(1), givesUp: false)
        let result = LeaseModel(terms: hasty, bounds: .init(time: 4, events: 0, processes: 2)).explore()
        #expect(result.violation != nil)
    }

    // MARK: Single decisions

    private static let owner = LeaseRecord.Owner(
        host: "host", process: 1, run: "run", since: Date(timeIntervalSince1970: 0))

    private static func machine(_ nonce: String = "mine", givesUp: Bool = true) -> LeaseMachine {
        LeaseMachine(
            terms: .init(lease: .seconds(12), grace: .seconds(3), pause: .seconds(2), givesUp: givesUp), nonce: nonce,
            owner: owner)
    }

    private static func record(_ generation: Int, _ nonce: String, beat: Int = 1, isHeld: Bool = true) -> LeaseRecord {
        LeaseRecord(generation: generation, isHeld: isHeld, nonce: nonce, beat: beat, lease: 12, owner: owner)
    }

    /// Sends what the machine wants and gives it the answer.
    private static func go(
        _ machine: inout LeaseMachine, at now: Duration, _ answer: LeaseMachine.Answer
    ) -> LeaseMachine.Request? {
        guard case .send(let request) = machine.step(at: now) else { return nil }
        machine.sent(request, at: now)
        machine.take(answer, at: now)
        return request
    }

    @Test func `an answer that was lost is found again by the nonce, and the lease counts from when it was sent`() {
        var machine = Self.machine()
        #expect(Self.go(&machine, at: .zero, .absent) == .read)
        #expect(Self.go(&machine, at: .seconds(1), .lost) == .write(Self.record(1, "mine"), over: nil))
        #expect(Self.go(&machine, at: .seconds(3), .record(Self.record(1, "mine"), version: "a")) == .read)
        #expect(machine.phase == .held)
        #expect(machine.fence == .seconds(9))
    }

    @Test func `a conflict is no refusal: the same write is tried again`() {
        var machine = Self.machine()
        _ = Self.go(&machine, at: .zero, .absent)
        _ = Self.go(&machine, at: .zero, .conflict)
        #expect(machine.step(at: .zero) == .wait(until: .seconds(2)))
        #expect(Self.go(&machine, at: .seconds(2), .written(version: "a")) == .write(Self.record(1, "mine", beat: 2), over: nil))
        #expect(machine.phase == .held)
    }

    @Test func `a lock is taken only when it was seen unchanged for its lease and the grace`() {
        var machine = Self.machine()
        _ = Self.go(&machine, at: .zero, .record(Self.record(4, "dead"), version: "a"))
        for second in stride(from: 2, to: 15, by: 2) {
            #expect(Self.go(&machine, at: .seconds(second), .record(Self.record(4, "dead"), version: "a")) == .read)
        }
        let taken = Self.go(&machine, at: .seconds(16), .written(version: "b"))
        #expect(taken == .write(Self.record(5, "mine"), over: "a"))
        #expect(machine.generation == 5)
    }

    @Test func `a living owner is left alone`() {
        var machine = Self.machine()
        _ = Self.go(&machine, at: .zero, .record(Self.record(4, "other"), version: "a"))
        _ = Self.go(&machine, at: .seconds(2), .record(Self.record(4, "other", beat: 2), version: "b"))
        #expect(machine.phase == .occupied(Self.record(4, "other", beat: 2)))
        #expect(machine.step(at: .seconds(100)) == .nothing)
    }

    @Test func `who could not renew is out for good, also when the answer comes after all`() {
        var machine = Self.machine()
        _ = Self.go(&machine, at: .zero, .absent)
        _ = Self.go(&machine, at: .zero, .written(version: "a"))
        guard case .send(let renewal) = machine.step(at: .seconds(4)) else { return #expect(Bool(false)) }
        machine.sent(renewal, at: .seconds(4))
        #expect(machine.mayChange(at: .seconds(7)))
        #expect(!machine.mayChange(at: .seconds(8)))
        machine.take(.written(version: "b"), at: .seconds(9))
        #expect(machine.phase == .fenced)
        #expect(!machine.mayChange(at: .seconds(9)))
    }

    @Test func `a lock that is let go of keeps its generation`() {
        var machine = Self.machine()
        _ = Self.go(&machine, at: .zero, .record(Self.record(7, "before", isHeld: false), version: "a"))
        _ = Self.go(&machine, at: .zero, .written(version: "b"))
        #expect(machine.generation == 8)
        machine.release()
        #expect(
            Self.go(&machine, at: .seconds(1), .written(version: "c"))
                == .write(Self.record(8, "mine", beat: 2, isHeld: false), over: "b"))
        #expect(machine.phase == .released)
    }
}
