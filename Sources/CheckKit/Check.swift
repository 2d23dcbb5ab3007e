import RunModel
import Settings

/// A check: what it is, as data, and how it looks at the live system.
///
/// Declare one as `struct Name: Check {` at the top level of a file anywhere in this target, with an `init()`: the catalogue,
/// the plan, the written documentation and the policy take it from there.
public protocol Check: Sendable {
    var descriptor: CheckDescriptor { get }

    /// Why the check has nothing to look at under this configuration; nil when it has. The plan says so before anything
    /// runs, so that what it calls "run" does run.
    func omission(under configuration: Configuration) -> String?

    /// Looks, and says how it ended.
    ///
    /// Evidence, measurements and facts go to the context as they come, so that they are kept when the check is cut off.
    /// A thrown ``Stop`` ends the check with its outcome; any other thrown error means that Plumbline broke (`error`).
    /// The task is cancelled at the descriptor's deadline.
    func run(_ context: CheckContext) async throws -> Outcome
}

extension Check {
    public func omission(under configuration: Configuration) -> String? { nil }
}

/// Checks that are alike but for their data, or that the configuration declares.
public protocol CheckFamily: Sendable {
    func checks(for configuration: Configuration) -> [any Check]
}

/// Ends a check from anywhere inside it.
public struct Stop: Error, Hashable {
    public var outcome: Outcome

    public init(_ outcome: Outcome) { self.outcome = outcome }

    public static func failed(_ symptom: Symptom, _ message: String, expected: String, got: String) -> Stop {
        Stop(.failed(symptom, message, expected: expected, got: got))
    }

    public static func inconclusive(_ symptom: Symptom, _ reason: String) -> Stop {
        Stop(.inconclusive(symptom, reason))
    }
    public static func skipped(_ reason: String) -> Stop { Stop(.skipped(reason)) }
}
