import Foundation
import HTTPClient
import LoadEngine
import RunModel
import Secrets
import Synchronization

/// Keeps what a check finds while it runs. Safe to use from any task.
public final class Recorder: Sendable {
    /// Everything recorded so far.
    public struct Contents: Sendable {
        public var evidence: [Evidence] = []
        public var measurements: [Metric] = []
        /// Loads that are kept for comparison with later runs, by what tells them apart within their check.
        public var loads: [(name: String, report: LoadReport)] = []
        /// What the check sent as a load, also where its figures are not kept.
        public var loaded: [LoadRequest] = []
        public var facts: [FactName: String] = [:]
        public var path = Path()
        public var reproduction: String?
        /// The last requests that were sent to the target, in their order.
        public var exchanges: [ObservedExchange] = []
        /// The one that the check itself calls the failed one.
        public var blamed: ObservedExchange?
        /// Whether the answer to it keeps the promise as ``judgement`` puts it; then that does not say what was wrong with it.
        public var blamedKeepsPromise = false
        /// Whether something is broken on purpose: what is answered meanwhile says nothing of later.
        public var isDisturbed = false
        /// What an answer to the failed request shows while the fault is there, and when it is gone.
        public var judgement: Judgement?
        /// How plain tools tell whether the fault is there, where it is no request of HTTP.
        public var verification: Verification?
        /// What was done to the target, in the order of time.
        public var faults: [FaultMoment] = []
        public var subject = Subject.live
        public var leftBehind: [String] = []
        /// Whether a request that changes something was sent and not answered by the one that makes the change: it may still be
        /// made.
        public var hasUnansweredChange = false
        /// The limits that the check was decided by, by name: what a pass was held against.
        public var limits: [String: Double] = [:]
    }

    /// What an answer to the failed request shows, as plain tools look at it.
    public struct Judgement: Sendable {
        /// While the fault is there: any of these.
        public var fault: [Verification.Condition]
        /// When it is gone: all of these.
        public var repaired: [Verification.Condition]
        /// Whether the request may be sent again although its method is one that changes something.
        public var isHarmless: Bool
    }

    /// The largest piece of evidence that is kept whole, in bytes; the middle of a larger one is cut out and said so.
    static let largestEvidence = 4 << 20

    private let state = Mutex(Contents())
    private let redactor: Redactor

    /// - Parameter redactor: masks what is cut, before it is cut.
    public init(redactor: Redactor = .current) { self.redactor = redactor }

    public var contents: Contents { state.withLock { $0 } }

    public func attach(_ evidence: Evidence) {
        var evidence = evidence
        if evidence.bytes.count > Self.largestEvidence {
            evidence.bytes = redactor.redact(evidence.bytes, for: .evidence).cut(to: Self.largestEvidence).bytes
        }
        state.withLock { [evidence] in $0.evidence.append(evidence) }
    }

    /// Replaces what was attached so far, piece by piece.
    public func mapEvidence(_ transform: (Evidence) -> Evidence) {
        let pieces = contents.evidence.map(transform)
        state.withLock { $0.evidence = pieces + $0.evidence.dropFirst(pieces.count) }
    }

    public func measure(_ measurement: Metric) {
        state.withLock { $0.measurements.append(measurement) }
    }

    /// Keeps a load with its lossless histograms for comparison with later runs.
    ///
    /// - Parameter name: what tells it apart within its check, the same in every run.
    public func keep(_ report: LoadReport, as name: String) {
        state.withLock { $0.loads.append((name, report)) }
    }

    /// Notes what is sent as a load: the target may have work left of it when the load has ended.
    public func load(with requests: [LoadRequest]) {
        state.withLock { $0.loaded += requests }
    }

    /// Leaves a fact for checks that depend on this one and for reports.
    public func establish(_ name: FactName, _ value: String) {
        state.withLock { $0.facts[name] = value }
    }

    /// Notes what a request or a call went along, and what of it held.
    public func touch(_ path: Path) {
        state.withLock { $0.path.add(path) }
    }

    public func touch(_ edge: Path.Edge) {
        state.withLock { $0.path.add(edge) }
    }

    /// The command line by which a reader sees the same thing. Secrets are named as environment variables in it.
    public func reproduce(with command: String) {
        state.withLock { $0.reproduction = command }
    }

    /// Keeps a request for the case that it turns out to be the one that failed.
    package func observe(_ exchange: ObservedExchange) {
        state.withLock { contents in
            guard !contents.isDisturbed else { return }
            contents.exchanges.append(exchange)
            if contents.exchanges.count > Self.mostExchanges { contents.exchanges.removeFirst() }
        }
    }

    /// A check that sends more has kept what it judges among the last.
    private static let mostExchanges = 400

    /// Says that the request which was sent last is the one that the outcome is about. What was judged of it is known by now.
    ///
    /// - Parameter response: the answer to it.
    package func blameLastExchange(_ response: HTTPResponse) {
        state.withLock { contents in
            contents.blamed = contents.exchanges.last
            let repaired = contents.judgement?.repaired ?? []
            contents.blamedKeepsPromise = !repaired.isEmpty && repaired.allSatisfy { $0.holds(of: response) }
        }
    }

    /// Says what an answer to the failed request shows while the fault is there, any of it, and when it is gone, all of it.
    ///
    /// - Parameter isHarmless: that the request changes nothing although its method could.
    package func judge(
        fault: [Verification.Condition], repaired: [Verification.Condition], isHarmless: Bool = false
    ) {
        state.withLock {
            $0.judgement = Judgement(fault: fault, repaired: repaired, isHarmless: isHarmless)
        }
    }

    /// Says whether something is broken on purpose from here on.
    package func disturb(_ isDisturbed: Bool) {
        state.withLock { $0.isDisturbed = isDisturbed }
    }

    /// Says how plain tools tell whether the fault is there.
    package func verify(with verification: Verification) {
        state.withLock { $0.verification = verification }
    }

    /// Notes what was done to the target.
    package func note(_ moments: [FaultMoment]) {
        state.withLock { $0.faults += moments }
    }

    /// Says that something which the check changed could not be taken back. The outcome stays what it is.
    public func leaveBehind(_ what: String) {
        state.withLock { $0.leftBehind.append(what) }
    }

    /// Notes the end of an exchange. A change that got no answer, or only that of somebody on the way, may still be made.
    package func note(_ request: HTTPRequest, _ result: Result<HTTPResponse, HTTPError>) {
        guard !["GET", "HEAD", "OPTIONS"].contains(request.method) else { return }
        let isAnswered =
            switch result {
            case .success(let response): ![408, 502, 503, 504].contains(response.status)
            case .failure(let error):
                error.code.isUnreachable || error.code == .invalidURL || error.code == .invalidRequest
            }
        if !isAnswered { noteUnansweredChange() }
    }

    /// Says that a change was sent and may still be made, whatever its sender was told.
    package func noteUnansweredChange() {
        state.withLock { $0.hasUnansweredChange = true }
    }

    /// Notes a limit that decides the check. It stands with the result when the check passes.
    public func limit(_ name: String, _ value: Double) {
        state.withLock { $0.limits[name] = value }
    }

    /// Says what the check was made on; `live` unless said otherwise.
    public func made(on subject: Subject) {
        state.withLock { $0.subject = subject }
    }
}

extension Verification.Condition {
    /// Whether an answer over HTTP shows it, white space apart.
    fileprivate func holds(of response: HTTPResponse) -> Bool {
        switch self {
        case .exit(let codes): codes.contains(0)
        case .status(let statuses): statuses.contains(response.status)
        case .contains(let text): Self.dense(response.text).contains(Self.dense(text))
        case .lacks(let text): !Self.dense(response.text).contains(Self.dense(text))
        }
    }

    private static func dense(_ text: String) -> String { text.filter { !$0.isWhitespace } }
}
