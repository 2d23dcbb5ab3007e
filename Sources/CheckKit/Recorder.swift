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
        public var facts: [FactName: String] = [:]
        public var path = Path()
        public var reproduction: String?
        public var subject = Subject.live
        public var leftBehind: [String] = []
        /// Whether a request that changes something was sent and not answered by the one that makes the change: it may still be
        /// made.
        public var hasUnansweredChange = false
        /// The limits that the check was decided by, by name: what a pass was held against.
        public var limits: [String: Double] = [:]
    }

    /// The largest piece of evidence that is kept whole, in bytes; the middle of a larger one is cut out and said so.
    public static let largestEvidence = 4 << 20

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
