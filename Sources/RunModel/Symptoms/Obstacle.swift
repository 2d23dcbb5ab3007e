/// Why a check could not tell.
public struct Obstacle: Hashable, Sendable, Codable {
    public enum Reason: String, CaseIterable, Sendable, Codable {
        /// The profile is not known, and the expectation depends on it.
        case unknownProfile = "unknown-profile"
        /// Too few answers or samples for a verdict.
        case tooFewSamples = "too-few-samples"
        /// The load generator does not trust its own figures.
        case generator
        /// The load or the suite was cut short.
        case cutShort = "cut-short"
        /// This build does not show what is looked for.
        case hidden
        /// Nobody asked for what the check reads, or the answer lacks it.
        case notCollected = "not-collected"
        /// The thing to look at does not exist; another check says so.
        case nothingToLookAt = "nothing-to-look-at"
        /// A fault had no effect, or could not be made.
        case fault
        /// An instance with other settings could not be started.
        case launch
        /// A dependency of the check is out of order, so that nothing is proven.
        case prerequisite
        /// The machine that the job runs on gave it too little processor time to judge times.
        case starved
        /// Two measurements cannot be compared.
        case notComparable = "not-comparable"
        /// Seen from outside the network, silence says nothing.
        case vantage
    }

    public var component: Component
    public var reason: Reason

    public init(_ kind: Reason, of component: Component) {
        self.component = component
        reason = kind
    }
}
