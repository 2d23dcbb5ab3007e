/// Something that answers, and whose answer or state is another one than promised.
public struct Deviation: Hashable, Sendable, Codable {
    public enum Aspect: String, CaseIterable, Sendable, Codable {
        /// Members, headers or types of an answer.
        case shape
        /// Values of an answer.
        case value
        /// What was written does not read back.
        case readBack = "read-back"
        /// Several statements of one system contradict each other.
        case contradiction
        /// The answer of several addresses or several calls differs.
        case inconsistent
        /// The behaviour while a dependency is broken.
        case underFault = "under-fault"
        case version
        /// A constant stands where the build should tell its own value.
        case constantVersion = "constant-version"
        /// A limit on input differs from the documented one.
        case limit
        /// Rights of a user or role.
        case rights
        /// Tables or revisions of a schema.
        case schema
        /// A rate limit is not kept, comes early or does not tell when to return.
        case rateLimit = "rate-limit"
        /// A refusal for another reason than the right one.
        case refusal
        /// Of a host that should be the primary.
        case role
        /// Two sides of the deployment were given different addresses of one dependency.
        case addresses
        /// Runs on a stand-in for a dependency, as meant.
        case fallback
    }

    public var component: Component
    public var aspect: Aspect
    /// Which members, values, tables, rights: identifiers of the other side, no sentences.
    public var names: [String]

    public init(_ component: Component, _ aspect: Aspect, _ names: [String] = []) {
        self.component = component
        self.aspect = aspect
        self.names = names
    }
}
