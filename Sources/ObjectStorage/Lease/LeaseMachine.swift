import Formats

/// The decisions of one process about one lock with a lease in an object store.
///
/// It does nothing itself: ``step(at:)`` says what to do, ``take(_:at:)`` hears what came of it. So the machine that runs in the
/// product is the one that the model check explores.
///
/// - A moment is a time on the process's own monotonic clock, from any origin. No clock of another machine is ever read.
/// - A lease counts from the moment at which the write that began or renewed it was *sent*.
/// - Another owner's lock is taken when the object was seen with the same version for the lease that it names and the grace;
///   the write asks for that version, so an owner who renewed meanwhile keeps it.
/// - From two thirds of the lease without a renewal on, the owner counts itself out, for good.
public struct LeaseMachine: Hashable, Sendable {
    public typealias Moment = Duration

    public struct Terms: Hashable, Sendable {
        public var lease: Duration
        /// Added to another owner's lease before the lock is taken: what two monotonic clocks may differ in speed.
        var grace: Duration
        /// Between two attempts, and between two looks at another owner's lock.
        var pause: Duration
        /// Whether an owner that is seen to live ends the attempt.
        var givesUp: Bool

        public init(lease: Duration, grace: Duration? = nil, pause: Duration? = nil, givesUp: Bool = true) {
            self.lease = lease
            self.grace = grace ?? lease / 4
            self.pause = pause ?? min(lease / 6, .seconds(2))
            self.givesUp = givesUp
        }
    }

    public enum Request: Hashable, Sendable {
        case read
        /// - Parameter version: that the object must still have; nil when there must be none.
        case write(LeaseRecord, over: String?)
    }

    public enum Answer: Hashable, Sendable {
        case record(LeaseRecord, version: String)
        case absent
        case written(version: String)
        /// The condition did not hold.
        case refused
        /// The write was not made, because of another one at the same moment.
        case conflict
        /// No answer: a write was made, or not, or will be.
        case lost
    }

    public enum Step: Hashable, Sendable {
        case send(Request)
        case wait(until: Moment)
        /// There is nothing to do any more.
        case nothing
    }

    public enum Phase: Hashable, Sendable {
        case acquiring, held, releasing
        case released
        /// No longer the owner, or not surely: nothing may be changed any more.
        case fenced
        /// A living owner has it.
        case occupied(LeaseRecord)
    }

    public private(set) var phase = Phase.acquiring
    /// Of the lock that is or was held; 0 before.
    public private(set) var generation = 0
    /// What is written into the lock.
    public var owner: LeaseRecord.Owner

    private let terms: Terms
    private let nonce: String
    private var known: Known?
    private var mustRead = true
    private var beat = 0
    /// Moments of writes that may have been made although nothing says so, by their beat.
    private var unanswered: [Int: Moment] = [:]
    private var outstanding: Outstanding?
    private var leasedFrom: Moment?
    private var sighting: Sighting?
    private var notBefore: Moment?

    private struct Known: Hashable {
        var record: LeaseRecord
        var version: String
    }

    private struct Outstanding: Hashable {
        var request: Request
        var sentAt: Moment
    }

    /// Another owner's lock, and since when it is known to have been like that.
    private struct Sighting: Hashable {
        var version: String
        var since: Moment
    }

    /// - Parameter nonce: different for every machine that was ever made.
    public init(terms: Terms, nonce: String, owner: LeaseRecord.Owner) {
        self.terms = terms
        self.nonce = nonce
        self.owner = owner
    }

    // MARK: What may be done

    /// Whether this process is the only owner, by all that it knows.
    public func isInLease(at now: Moment) -> Bool {
        guard phase == .held, let leasedFrom else { return false }
        return now < leasedFrom + terms.lease
    }

    /// Whether something may be changed that others must not change at the same time.
    public func mayChange(at now: Moment) -> Bool {
        guard phase == .held, let end = fence else { return false }
        return now < end
    }

    /// When the owner counts itself out unless it renews before.
    public var fence: Moment? { leasedFrom.map { $0 + terms.lease * 2 / 3 } }

    /// How long another owner's lock must be seen unchanged before it is taken; nil when none is in the way.
    var watchedLease: Duration? {
        guard phase == .acquiring, sighting != nil, let known else { return nil }
        return lease(of: known.record) + terms.grace
    }

    /// As the record says it, at most an hour: nobody waits longer for what stands in an object.
    private func lease(of record: LeaseRecord) -> Duration { .seconds(clamping: min(max(record.lease, 0), 3600)) }

    /// Lets go of the lock, if it is held.
    public mutating func release() {
        switch phase {
        case .held, .fenced: phase = known == nil ? .released : .releasing
        case .acquiring: phase = .fenced
        case .releasing, .released, .occupied: break
        }
    }

    // MARK: What to do

    /// The next step. A request that is sent must be told to ``sent(_:at:)`` first.
    public mutating func step(at now: Moment) -> Step {
        guard outstanding == nil else { return .nothing }
        expire(at: now)
        switch phase {
        case .released, .fenced, .occupied: return .nothing
        case .acquiring, .held, .releasing: break
        }
        if let notBefore, now < notBefore { return .wait(until: bounded(notBefore)) }
        if mustRead { return .send(.read) }
        return switch phase {
        case .acquiring: acquiringStep(at: now)
        case .held: holdingStep(at: now)
        default: releasingStep()
        }
    }

    /// Who could not renew in time is out, also when the answer comes after all.
    private mutating func expire(at now: Moment) {
        if phase == .held, let fence, now >= fence { phase = .fenced }
    }

    /// No wait of an owner goes beyond its fence.
    private func bounded(_ moment: Moment) -> Moment {
        guard phase == .held, let fence else { return moment }
        return min(moment, fence)
    }

    private func acquiringStep(at now: Moment) -> Step {
        guard let known else { return .send(.write(record(of: 1, isHeld: true), over: nil)) }
        let next = record(of: known.record.generation + 1, isHeld: true)
        guard known.record.isHeld else { return .send(.write(next, over: known.version)) }
        guard let sighting else { return .send(.read) }
        let due = sighting.since + lease(of: known.record) + terms.grace
        return now >= due ? .send(.write(next, over: known.version)) : .send(.read)
    }

    private func holdingStep(at now: Moment) -> Step {
        guard let known, let leasedFrom else { return .nothing }
        let due = leasedFrom + terms.lease / 3
        guard now >= due else { return .wait(until: due) }
        let next = record(of: generation, isHeld: true)
        return .send(.write(next, over: known.version))
    }

    private func releasingStep() -> Step {
        guard let known else { return .nothing }
        return .send(.write(record(of: known.record.generation, isHeld: false), over: known.version))
    }

    private func record(of generation: Int, isHeld: Bool) -> LeaseRecord {
        LeaseRecord(
            generation: generation, isHeld: isHeld, nonce: nonce, beat: beat + 1, lease: terms.lease.seconds,
            owner: owner)
    }

    /// A request is on its way.
    public mutating func sent(_ request: Request, at now: Moment) {
        outstanding = Outstanding(request: request, sentAt: now)
        guard case .write(let record, _) = request else { return }
        beat = record.beat
        unanswered[record.beat] = now
    }

    // MARK: What came

    public mutating func take(_ answer: Answer, at now: Moment) {
        guard let request = outstanding else { return }
        outstanding = nil
        notBefore = nil
        expire(at: now)
        switch (request.request, answer) {
        case (.read, .record(let record, let version)):
            mustRead = false
            takeKnown(Known(record: record, version: version), at: now)
        case (.read, .absent):
            mustRead = false
            takeAbsence()
        case (.write(let record, _), .written(let version)):
            known = Known(record: record, version: version)
            begin(record)
        case (.write, .refused):
            // A connection that died may have made the client send the same write twice: the refusal may be of the second one.
            mustRead = true
        case (.write, .conflict): notBefore = now + terms.pause
        default:
            mustRead = true
            notBefore = now + terms.pause
        }
    }

    private mutating func takeKnown(_ read: Known, at now: Moment) {
        known = read
        if read.record.nonce == nonce {
            begin(read.record)
            return
        }
        switch phase {
        case .held: phase = .fenced
        case .releasing: phase = .released
        case .acquiring: see(read, at: now)
        default: break
        }
    }

    /// A write of ours stands in the store.
    private mutating func begin(_ record: LeaseRecord) {
        guard record.isHeld else {
            if phase == .releasing { phase = .released }
            return
        }
        if let sentAt = unanswered[record.beat] { leasedFrom = max(leasedFrom ?? sentAt, sentAt) }
        unanswered = unanswered.filter { $0.key > record.beat }
        if phase == .acquiring || phase == .held {
            generation = record.generation
            phase = leasedFrom == nil ? .fenced : .held
        }
    }

    private mutating func see(_ read: Known, at now: Moment) {
        guard read.record.isHeld else {
            sighting = nil
            return
        }
        if sighting?.version != read.version {
            if sighting != nil, terms.givesUp { phase = .occupied(read.record) }
            sighting = Sighting(version: read.version, since: now)
        }
        notBefore = now + terms.pause
        mustRead = false
    }

    private mutating func takeAbsence() {
        switch phase {
        case .held: phase = .fenced
        case .releasing: phase = .released
        default:
            known = nil
            sighting = nil
        }
    }
}
