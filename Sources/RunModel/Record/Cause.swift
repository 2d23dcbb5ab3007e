/// A component and the way in which it fails: what a finding names, and what a label of the benchmark is.
///
/// It is written as `component mode` or `component mode about`, such as `database stopped` or
/// `service:api misconfigured service:mlflow`.
public struct Cause: Hashable, Sendable, Codable {
    public var component: Component
    public var mode: FailureMode
    /// The component that a setting or a credential is for.
    public var about: Component?

    public init(_ component: Component, _ mode: FailureMode, about: Component? = nil) {
        self.component = component
        self.mode = mode
        self.about = about
    }
}

extension Cause: Comparable, CustomStringConvertible {
    public var description: String {
        ([component.rawValue, mode.rawValue] + (about.map { [$0.rawValue] } ?? [])).joined(separator: " ")
    }

    public static func < (left: Cause, right: Cause) -> Bool { left.description < right.description }
}

/// How a component fails.
public enum FailureMode: String, CaseIterable, Sendable, Codable {
    /// Does not run: nobody listens.
    case stopped
    /// Accepts connections and does not answer.
    case hung
    /// A connection between two components does not come about or breaks, while both ends work.
    case blocked
    /// A name has no address.
    case unresolved
    /// Has wrong settings for what it uses.
    case misconfigured
    /// Refuses the credentials that its users have.
    case refused
    /// Connections, memory or requests ran out.
    case exhausted
    /// A lock holds its users up.
    case locked
    case schema
    case rights
    /// In another role than meant, such as a replica.
    case role
    case missing
    case misrouted
    /// Older than what was released.
    case outdated
    case expired
    case balance
    case exposed
    case certificateExpired = "certificate-expired"
    case certificateExpiring = "certificate-expiring"
    case certificateWrongName = "certificate-wrong-name"
    case certificateUntrusted = "certificate-untrusted"
    /// Answers what it should not, by the way it is built.
    case defect
    /// Answers something that is no answer of its kind.
    case garbage
    /// Answers with errors, or with values that are wrong.
    case failing
    /// Fails some requests and answers others.
    case unstable
    case slow
    case unknown
}

/// How sure a finding is: by a rule over what was seen. What each level was worth on the diagnosis benchmark stands in its results.
public enum Confidence: String, CaseIterable, Sendable, Codable { case high, medium, low }

/// What was seen of one step of the way from the place of the run to the component at fault.
public struct PathObservation: Hashable, Sendable, Codable {
    public var from: Component
    public var to: Component
    /// Whether it held; nil where nothing was seen of it.
    public var held: Bool?
    /// The check that saw it.
    public var check: CheckID?

    public init(from: Component, to: Component, held: Bool?, check: CheckID?) {
        self.from = from
        self.to = to
        self.held = held
        self.check = check
    }
}

/// The next best explanation, and what speaks against it.
public struct RivalCause: Hashable, Sendable, Codable {
    public var cause: Cause
    public var against: String

    public init(cause: Cause, against: String) {
        self.cause = cause
        self.against = against
    }
}
