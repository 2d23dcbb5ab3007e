import Foundation

@testable import ObjectStorage

/// Every way in which processes, a store that fails and time can be interleaved around one lock.
///
/// The machines are those of the product. A process may be slow for any time between two steps. The store may answer 409, lose a
/// request, lose an answer, or hold a request back and carry it out at any later moment, also when nobody waits for it any more.
struct LeaseModel {
    /// How much is explored.
    struct Bounds {
        /// Ticks of the clock.
        var time: Int
        /// Requests of all processes together that do not go as they should, and releases.
        var events: Int
        var processes = 3
    }

    struct Result {
        var states = 0
        /// What must never be and was, with how it came.
        var violation: String?
        var highestGeneration = 0
        /// States in which somebody had taken the lock from another one.
        var takeovers = 0
        var fenced = 0
    }

    private struct Stored: Hashable {
        var record: LeaseRecord
        var version: Int
    }

    private struct Process: Hashable {
        var machine: LeaseMachine
        var hanging: LeaseMachine.Request?
        /// What the store answered to a request that it carried out, and has not arrived yet.
        var answer: LeaseMachine.Answer?
    }

    private struct World: Hashable {
        var object: Stored?
        var versions = 0
        var processes: [Process]
        /// Requests that nobody waits for any more.
        var strays: Set<LeaseMachine.Request> = []
        var now = 0
        var events = 0
    }

    let terms: LeaseMachine.Terms
    let bounds: Bounds

    static let terms = LeaseMachine.Terms(
        lease: .seconds(3), grace: .seconds(1), pause: .seconds(1), givesUp: false)

    /// Visits every state that can be reached within the bounds once.
    func explore() -> Result {
        var result = Result()
        let owner = LeaseRecord.Owner(host: "", process: 0, run: "", since: Date(timeIntervalSince1970: 0))
        let start = World(
            processes: (0..<bounds.processes).map {
                Process(machine: LeaseMachine(terms: terms, nonce: "\($0)", owner: owner))
            })
        // By their hashes of 64 bits: of ten million states one is taken for another with a chance of 3 in a million.
        var seen: Set<Int> = [start.hashValue]
        var open = [start]
        while let world = open.popLast() {
            result.states += 1
            if let violation = violation(in: world) {
                result.violation = violation
                return result
            }
            result.highestGeneration = max(result.highestGeneration, world.object?.record.generation ?? 0)
            if world.processes.contains(where: { $0.machine.phase == .fenced }) { result.fenced += 1 }
            if (world.object?.record.generation ?? 0) > 1 { result.takeovers += 1 }
            for next in successors(of: world) where seen.insert(next.hashValue).inserted { open.append(next) }
        }
        return result
    }

    private func moment(_ world: World, _ process: Int) -> LeaseMachine.Moment {
        // Each has a clock with an origin of its own: one is a day off.
        .seconds(world.now + process * 86_400)
    }

    private func violation(in world: World) -> String? {
        let inLease = world.processes.indices.filter {
            world.processes[$0].machine.isInLease(at: moment(world, $0))
        }
        if inLease.count > 1 { return "owners \(inLease) at once at \(world.now)" }
        for index in inLease where world.processes[index].machine.mayChange(at: moment(world, index)) {
            guard world.object?.record.nonce == "\(index)" else {
                return "owner \(index) may change something at \(world.now), and the lock is not its own"
            }
        }
        return nil
    }

    private func successors(of world: World) -> [World] {
        var next: [World] = []
        if world.now < bounds.time {
            var later = world
            later.now += 1
            next.append(later)
        }
        for index in world.processes.indices { next += steps(of: index, in: world) }
        for stray in world.strays {
            var later = world
            later.strays.remove(stray)
            _ = Self.carryOut(stray, in: &later)
            next.append(later)
        }
        return next
    }

    private func steps(of index: Int, in world: World) -> [World] {
        let process = world.processes[index]
        if let request = process.hanging { return outcomes(of: request, index, world) }
        var started = world
        let step = started.processes[index].machine.step(at: moment(world, index))
        guard case .send(let request) = step else {
            var next = started == world ? [] : [started]
            if process.machine.phase == .held, world.events < bounds.events {
                var released = world
                released.events += 1
                released.processes[index].machine.release()
                next.append(released)
            }
            return next
        }
        started.processes[index].machine.sent(request, at: moment(world, index))
        started.processes[index].hanging = request
        return outcomes(of: request, index, started) + (started.events < bounds.events ? [delayed(started)] : [])
    }

    private func delayed(_ world: World) -> World {
        var later = world
        later.events += 1
        return later
    }

    /// What may become of a request that is under way.
    private func outcomes(of request: LeaseMachine.Request, _ index: Int, _ world: World) -> [World] {
        func ending(_ answer: LeaseMachine.Answer, _ change: (inout World) -> Void = { _ in }) -> World {
            var next = world
            change(&next)
            next.processes[index].hanging = nil
            next.processes[index].answer = nil
            next.processes[index].machine.take(answer, at: moment(next, index))
            return next
        }
        if let answer = world.processes[index].answer {
            var lost = ending(.lost)
            lost.events += 1
            return [ending(answer)] + (lost.events <= bounds.events ? [lost] : [])
        }
        var carriedOut = world
        let answer = Self.carryOut(request, in: &carriedOut)
        var next = [carriedOut]
        next[0].processes[index].hanging = nil
        next[0].processes[index].machine.take(answer, at: moment(world, index))
        guard world.events < bounds.events else { return next }
        // The answer comes later, or never.
        var waiting = carriedOut
        waiting.events += 1
        waiting.processes[index].answer = answer
        next.append(waiting)
        next.append(ending(.lost) { $0.events += 1 })
        if case .write = request {
            next.append(ending(.conflict) { $0.events += 1 })
            next.append(
                ending(.lost) {
                    $0.events += 1
                    $0.strays.insert(request)
                })
        }
        return next
    }

    /// The store does what it is asked, as S3 does.
    private static func carryOut(_ request: LeaseMachine.Request, in world: inout World) -> LeaseMachine.Answer {
        switch request {
        case .read:
            guard let object = world.object else { return .absent }
            return .record(object.record, version: "\(object.version)")
        case .write(let record, let version):
            guard world.object.map({ "\($0.version)" }) == version else { return .refused }
            precondition(record.generation >= world.object?.record.generation ?? 0, "a generation went back")
            world.versions += 1
            world.object = Stored(record: record, version: world.versions)
            return .written(version: "\(world.versions)")
        }
    }
}
