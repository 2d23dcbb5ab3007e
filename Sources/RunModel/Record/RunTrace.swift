import Formats

/// The names of a run's trace and of the spans in it.
///
/// They follow from the run's id, so that a run that is taken up again goes on with the same trace, and a log line can name the span of
/// its check before that has ended. They are as unlikely to meet others as random ones: the id has the second of the start and 24
/// random bits, and what differs in any of them gives another digest.
public struct RunTrace: Hashable, Sendable {
    private let runID: RunID
    /// 32 hexadecimal digits, those of the pipeline where it started a trace.
    public let traceID: String

    public init(of header: RunHeader) {
        runID = header.runID
        traceID = header.trace?.traceID ?? Self.digits(of: "trace", header.runID, count: 32)
    }

    /// The span of the whole run: 16 hexadecimal digits.
    public var root: String { Self.digits(of: "run", runID, count: 16) }

    public func span(of phase: Phase) -> String { Self.digits(of: "phase/\(phase.name)", runID, count: 16) }

    public func span(of check: CheckID) -> String { Self.span(of: check, in: runID) }

    /// - Parameter number: counted from 1.
    public func span(ofAttempt number: Int, of check: CheckID) -> String {
        Self.digits(of: "check/\(check)/attempt/\(number)", runID, count: 16)
    }

    /// - Parameter number: counted from 1, in the order in which the check injected its faults.
    public func span(ofFault number: Int, of check: CheckID) -> String {
        Self.digits(of: "check/\(check)/fault/\(number)", runID, count: 16)
    }

    /// The span of a check of a run.
    public static func span(of check: CheckID, in runID: RunID) -> String {
        digits(of: "check/\(check)", runID, count: 16)
    }

    /// Zeros alone are no id; no digest is known that begins with so many.
    private static func digits(of name: String, _ runID: RunID, count: Int) -> String {
        String(Digest.sha256Hex(of: "plumbline/\(runID)/\(name)").prefix(count))
    }
}
