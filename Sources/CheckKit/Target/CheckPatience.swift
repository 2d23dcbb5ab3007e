import Formats
import HTTPClient
import RunModel
import Settings
import Synchronization

/// The patience of one check with the services of the target.
public final class CheckPatience: RequestPatience {
    private let shared: OutageWaits
    private let configuration: Configuration
    private let id: CheckID
    private let seen = Mutex(Seen())

    private struct Seen {
        /// Places that this check waited long for.
        var waitedFor: Set<String> = []
        /// The place and the component of the first request that was given up early.
        var givenUp: (place: String, door: Component, allowed: Duration)?
    }

    public init(_ shared: OutageWaits, of id: CheckID, _ configuration: Configuration) {
        self.shared = shared
        self.id = id
        self.configuration = configuration
    }

    public func longestWait(for request: HTTPRequest) -> Duration {
        guard let place = place(of: request) else { return request.deadline }
        // Many bytes take their time; only where somebody has seen an outage is it known to be in vain.
        if request.movesMuch, shared.proof(of: place) == nil { return request.deadline }
        return min(request.deadline, shared.longestWait(at: place))
    }

    public func ended(_ request: HTTPRequest, allowed: Duration, after elapsed: Duration, _ error: HTTPError?) {
        guard let place = place(of: request), error != nil || !request.movesMuch else { return }
        if elapsed >= OutageWaits.long { shared.note(place, waited: elapsed) }
        seen.withLock { seen in
            guard allowed < request.deadline, allowed <= OutageWaits.shortWait, error?.code.isTimeout == true else {
                if elapsed >= OutageWaits.long { seen.waitedFor.insert(place) }
                return
            }
            if seen.givenUp == nil, let door = configuration.destination(of: request.url)?.door {
                seen.givenUp = (place, door, allowed)
            }
        }
    }

    /// The outcome in the light of what the check had to wait for: what was given up early proves nothing of what it asked for. The
    /// first check that gives up shows that the service keeps its clients waiting, and blocks the others.
    public func judged(_ outcome: Outcome) -> Outcome {
        let seen = seen.withLock { $0 }
        switch outcome {
        case .skipped, .blocked, .error: return outcome
        case .passed, .flaky: break
        case .failed, .timeout, .inconclusive: for place in seen.waitedFor { shared.prove(place, by: id) }
        }
        // What waited itself has seen for itself.
        guard let (place, door, allowed) = seen.givenUp, !seen.waitedFor.contains(place) else { return outcome }
        if let proof = shared.proof(of: place) { return .blocked(by: proof) }
        let waited = "checks before this one waited \(OutageWaits.allowance.readable) and more for slow answers"
        if case .passed = outcome {
            return .inconclusive(
                .obstacle(.prerequisite, of: door), "\(place) did not answer within \(allowed.readable); \(waited)")
        }
        shared.prove(place, by: id)
        return .failed(
            .noConnection(NoConnection(door, at: place, .silent)), "\(place) keeps its clients waiting",
            expected: "answers within seconds", got: "no answer within \(allowed.readable); \(waited)")
    }

    /// Only the services of the target: others have limits of their own.
    private func place(of request: HTTPRequest) -> String? {
        configuration.destination(of: request.url) == nil ? nil : Place.text(of: request.url)
    }
}

extension HTTPRequest {
    /// Whether its time is that of a transfer: it sends or may get many megabytes.
    fileprivate var movesMuch: Bool { (body?.count ?? 0) > 4 << 20 || maximumBodyBytes > 16 << 20 }
}
