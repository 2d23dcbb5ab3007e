import Formats
import Foundation
import RunModel
import Synchronization

/// How long the run has waited for services that keep their clients waiting.
///
/// What is out of order is found out by the first checks that meet it; the others must not pay for it again and again. A service has an
/// allowance of time that checks may spend waiting for it. When that is used up, each further request may wait for a moment
/// only, and a check that gets no answer then is blocked by the one that saw the outage.
public final class OutageWaits: Sendable {
    private struct Waits {
        var total = Duration.zero
        /// The end of the latest wait: waits at the same time count once.
        var lastEnd: ContinuousClock.Instant?
        /// The first check that did not pass after it had waited.
        var proof: CheckID?
    }

    private let waits = Mutex<[String: Waits]>([:])

    /// A wait that counts: no service that works takes as long.
    static let long = Duration.seconds(4)
    /// What may be spent on long waits at one address, and at all of them together.
    static let allowance = Duration.seconds(25)
    static let allowanceOfAll = Duration.seconds(35)
    /// What one request gets at an address that has not kept anybody waiting: longer than every limit of the target, of which the
    /// longest is the API's 30.06 s for MLflow.
    static let firstWait = Duration.seconds(40)
    /// What one request gets at an address that has.
    static let furtherWait = Duration.seconds(20)
    /// What a request gets once the allowance of its address is used up.
    static let moment = Duration.seconds(2)
    /// What a request to another address gets once the allowance of all is used up, until a check has seen that it is silent too.
    static let shortWait = Duration.seconds(10)

    public init() {}

    /// The longest that the next request to this place may wait.
    func longestWait(at place: String) -> Duration {
        waits.withLock { waits in
            let here = waits[place]?.total ?? .zero
            if here >= Self.allowance { return Self.moment }
            let all = waits.values.reduce(.zero) { $0 + $1.total }
            guard all >= Self.allowanceOfAll else { return here >= Self.long * 2 ? Self.furtherWait : Self.firstWait }
            return waits[place]?.proof == nil ? Self.shortWait : Self.moment
        }
    }

    func note(_ place: String, waited elapsed: Duration, until end: ContinuousClock.Instant = .now) {
        guard elapsed >= Self.long else { return }
        waits.withLock { waits in
            var entry = waits[place] ?? Waits()
            let overlap = entry.lastEnd.map { max(.zero, (end - elapsed).duration(to: $0)) } ?? .zero
            entry.total += max(.zero, elapsed - overlap)
            entry.lastEnd = max(end, entry.lastEnd ?? end)
            waits[place] = entry
        }
    }

    /// Notes that a check which had waited for the place did not pass.
    func prove(_ place: String, by id: CheckID) {
        waits.withLock { waits in
            if waits[place, default: Waits()].proof == nil { waits[place, default: Waits()].proof = id }
        }
    }

    func proof(of place: String) -> CheckID? { waits.withLock { $0[place]?.proof } }
}
