import Formats
import Foundation
import Synchronization

/// The lock of one environment in an object store: ``LeaseMachine`` on this machine's clock.
public final class Lease: Sendable {
    private let machine: Mutex<LeaseMachine>
    private let store: any ObjectStore
    private let key: String
    private let origin = ContinuousClock.now
    private let lastFailure = Mutex<ObjectStoreError?>(nil)
    private let tasks = Mutex<[Task<Void, Never>]>([])
    private let terms: LeaseMachine.Terms

    /// How long an attempt goes on while the store does not answer.
    private static let patience = Duration.seconds(30)

    private init(_ store: any ObjectStore, key: String, terms: LeaseMachine.Terms, owner: LeaseRecord.Owner) {
        self.store = store
        self.key = key
        self.terms = terms
        machine = Mutex(LeaseMachine(terms: terms, nonce: UUID().uuidString.lowercased(), owner: owner))
    }

    /// Takes the lock. A free one at once; another owner's when it was not renewed for its lease and the grace.
    ///
    /// - Parameter waiting: told once when another owner's lock must be watched, with how long that takes.
    /// - Throws: ``LeaseError``.
    public static func acquire(
        in store: any ObjectStore, key: String, terms: LeaseMachine.Terms, owner: LeaseRecord.Owner,
        waiting: @Sendable (Duration) -> Void = { _ in }
    ) async throws(LeaseError) -> Lease {
        let lease = Lease(store, key: key, terms: terms, owner: owner)
        do throws(LeaseError) {
            try await lease.acquire(waiting)
        } catch {
            await lease.release()
            throw error
        }
        return lease
    }

    private var now: LeaseMachine.Moment { origin.duration(to: .now) }

    /// Of this owner; earlier owners had lower ones.
    public var generation: Int { machine.withLock { $0.generation } }

    /// Whether something may be changed that others must not change at the same time.
    public var mayChange: Bool { machine.withLock { $0.mayChange(at: now) } }

    /// Why the lock was lost, for people.
    public var lossReason: String {
        let failure = lastFailure.withLock { $0 }.map { "; the last failure: \($0)" } ?? ""
        return "the lock \(key) could not be renewed within \((terms.lease * 2 / 3).readable)\(failure)"
    }

    /// Says in the lock what it is held for, with the next renewal.
    public func note(run: String) { machine.withLock { $0.owner.run = run } }

    private func acquire(_ waiting: @Sendable (Duration) -> Void) async throws(LeaseError) {
        var hasWaited = false
        var unansweredSince: LeaseMachine.Moment?
        while true {
            switch machine.withLock({ $0.phase }) {
            case .held: return
            case .occupied(let record): throw .occupied(record)
            case .fenced, .released, .releasing: throw .unanswered(lossReason)
            case .acquiring: break
            }
            let failure = await advance()
            if let failure, failure.code != .unanswered { throw .store(failure) }
            if failure != nil {
                unansweredSince = unansweredSince ?? now
                if let since = unansweredSince, now - since > Self.patience { throw .unanswered(lossReason) }
            } else {
                unansweredSince = nil
            }
            if !hasWaited, let wait = machine.withLock({ $0.watchedLease }) {
                hasWaited = true
                waiting(wait)
            }
        }
    }

    /// Goes on renewing until ``release()``.
    ///
    /// - Parameter onLoss: called once, with the reason, when nothing may be changed any more.
    public func keep(onLoss: @escaping @Sendable (String) -> Void) {
        let renewal = Task { [self] in
            while !Task.isCancelled, machine.withLock({ $0.phase == .held }) { await advance() }
        }
        // A renewal may hang in a request while the time runs out.
        let watch = Task { [self] in
            while !Task.isCancelled, mayChange { try? await Task.sleep(for: terms.lease / 12) }
            if !Task.isCancelled { onLoss(lossReason) }
        }
        tasks.withLock { $0 += [renewal, watch] }
    }

    /// Lets go of the lock: says that it is free. One that cannot be let go of runs out by itself.
    public func release() async {
        let running = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in running { task.cancel() }
        for task in running { await task.value }
        machine.withLock { $0.release() }
        let until = now + min(.seconds(10), terms.lease)
        while machine.withLock({ $0.phase == .releasing }), now < until { await advance() }
    }

    /// One step: a request, or a wait.
    @discardableResult
    private func advance() async -> ObjectStoreError? {
        let step = machine.withLock { machine in
            let step = machine.step(at: now)
            if case .send(let request) = step { machine.sent(request, at: now) }
            return step
        }
        switch step {
        case .nothing:
            // A cancelled task does not sleep; whoever loops ends by the phase.
            try? await Task.sleep(for: terms.lease / 100)
            return nil
        case .wait(let moment):
            try? await Task.sleep(for: max(.milliseconds(1), moment - now))
            return nil
        case .send(let request):
            let (answer, failure) = await perform(request)
            if let failure { lastFailure.withLock { $0 = failure } }
            machine.withLock { $0.take(answer, at: now) }
            return failure
        }
    }

    private func perform(_ request: LeaseMachine.Request) async -> (LeaseMachine.Answer, ObjectStoreError?) {
        do throws(ObjectStoreError) {
            switch request {
            case .read:
                guard let object = try await store.get(key) else { return (.absent, nil) }
                guard let record = try? JSON.decode(LeaseRecord.self, from: Data(object.bytes)) else {
                    throw ObjectStoreError(
                        .damaged,
                        "the lock \(key) cannot be read: it is no lock of this program. When no run is under way, remove it"
                    )
                }
                return (.record(record, version: object.version), nil)
            case .write(let record, let version):
                guard let data = try? JSON.data(record) else {
                    throw ObjectStoreError(.damaged, "the lock \(key) cannot be written as JSON")
                }
                let condition = version.map { ObjectCondition.matching(version: $0) } ?? .absent
                switch try await store.put(key, [UInt8](data), if: condition) {
                case .written(let version): return (.written(version: version), nil)
                case .refused: return (.refused, nil)
                case .conflict: return (.conflict, nil)
                }
            }
        } catch {
            return (.lost, error)
        }
    }
}

/// Why the lock of an environment was not taken.
public enum LeaseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A living owner has it.
    case occupied(LeaseRecord)
    case store(ObjectStoreError)
    case unanswered(String)

    public var description: String {
        switch self {
        case .occupied(let record):
            "another run holds the lock: process \(record.owner.process) on \(record.owner.host), run \(record.owner.run), "
                + "generation \(record.generation); it renewed the lock while this process looked. Wait for it, or end it: its "
                + "lock is free \(Duration.seconds(clamping: record.lease * 1.25).readable) after it has gone"
        case .store(let error): "\(error)"
        case .unanswered(let reason): "the lock was not taken: \(reason)"
        }
    }
}
